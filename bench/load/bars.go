package load

import (
	"fmt"
	"strings"
)

// Bar is a figure that was promised, and what was measured.
type Bar struct {
	What   string  `json:"what"`
	Value  float64 `json:"value"`
	Target float64 `json:"target"`
	Below  bool    `json:"below,omitempty"` // held if Value is below Target, otherwise if at least Target
	Unit   string  `json:"unit,omitempty"`
	Held   bool    `json:"held"`
	Beside string  `json:"beside,omitempty"` // another way to look at it
}

// ratios are the promised ratios of rates under overload.
var ratios = []struct {
	systems, peer string
	target        float64
}{
	{"vxwall-offload", "redirect", 0.9},
	{"vxwall-acl-", "bridge", 2.4},
	{"vxwall-acl-", "suricata", 4},
	{"vxwall-acl-", "rings", 0.98},
	{"vxwall-vtep-1000", "vxwall-acl-1000", 0.9},
	{"vxwall-vtep-offload", "vxwall-offload", 0.8},
	{"vxwall-nfqueue", "suricata-nfqueue", 2},
	{"vxwall-ips-0", "suricata-ips-0", 3},
	{"vxwall-ips-30000", "suricata-ips-30000", 3},
}

// Targets that are no ratios of rates.
const (
	newFlowTarget = 0.3e6  // frames per second
	floodTarget   = 0.001  // share of frames
	p99Target     = 100e-6 // seconds
	tcpTarget     = 0.9    // of plain redirect
	tcpIPSTarget  = 2      // of Suricata with the same signatures
)

// Judge sets the report's bars: those for which there are measurements.
func (r *Report) Judge() {
	r.Bars = nil
	for _, ratio := range ratios {
		for i := range r.Throughput {
			if t := &r.Throughput[i]; strings.HasPrefix(t.System, ratio.systems) && !t.Traffic.NewFlows {
				r.judgeRatio(t, ratio.peer, ratio.target)
			}
		}
	}
	for _, t := range r.Throughput {
		if t.Traffic.NewFlows && strings.HasPrefix(t.System, "vxwall") {
			r.atLeast(Bar{What: t.System + ", new flows", Value: t.Overload / 1e6, Target: newFlowTarget / 1e6, Unit: "Mpps",
				Beside: fmt.Sprintf("loss-free %.3f", t.LossFree/1e6)})
		}
	}
	for _, f := range r.Flood {
		r.below(Bar{What: f.System + ", established flows in a flood: loss", Value: 100 * f.Loss, Target: 100 * floodTarget, Unit: "%"})
	}
	r.judgeLatency()
	r.judgeTCP()
}

// judgeRatio compares a system with a peer that was measured with the same traffic.
func (r *Report) judgeRatio(t *Throughput, peer string, target float64) {
	for _, p := range r.Throughput {
		if p.System != peer || p.Traffic != t.Traffic || p.Overload == 0 {
			continue
		}
		b := Bar{What: fmt.Sprintf("%s / %s, %s", t.System, peer, t.Traffic.Size), Value: t.Overload / p.Overload, Target: target, Unit: "x"}
		if p.LossFree > 0 {
			b.Beside = fmt.Sprintf("loss-free rates %.2fx", t.LossFree/p.LossFree)
		}
		r.atLeast(b)
	}
}

func (r *Report) judgeLatency() {
	for _, l := range r.Latency {
		if !strings.HasPrefix(l.System, "vxwall") {
			continue
		}
		b := Bar{What: fmt.Sprintf("%s, p99 at %.3f Mpps", l.System, l.Rate/1e6), Value: float64(l.P99) / 1e3, Target: p99Target * 1e6, Unit: "µs"}
		for _, p := range r.Latency {
			if p.System == "redirect" && p.Rate == l.Rate && p.Traffic == l.Traffic {
				b.Beside = fmt.Sprintf("added to redirect: p50 %+.1f, p99 %+.1f", float64(l.P50-p.P50)/1e3, float64(l.P99-p.P99)/1e3)
			}
		}
		r.below(b)
	}
}

func (r *Report) judgeTCP() {
	for _, t := range r.TCP {
		if !strings.HasPrefix(t.System, "vxwall") {
			continue
		}
		peer, target := "redirect", tcpTarget
		if literals, ok := strings.CutPrefix(t.System, "vxwall-ips-"); ok {
			peer, target = "suricata-ips-"+literals, tcpIPSTarget
		}
		for _, p := range r.TCP {
			if p.System == peer && p.Bits > 0 {
				r.atLeast(Bar{What: t.System + " / " + peer + ", one TCP connection", Value: t.Bits / p.Bits, Target: target, Unit: "x"})
			}
		}
	}
}

func (r *Report) atLeast(b Bar) {
	b.Held = b.Value >= b.Target
	r.Bars = append(r.Bars, b)
}

func (r *Report) below(b Bar) {
	b.Below, b.Held = true, b.Value < b.Target
	r.Bars = append(r.Bars, b)
}
