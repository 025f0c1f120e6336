package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"vxwall/bench/load"
)

// benchExamples are the examples of `vxwall bench` and what is below it.
const benchExamples = `  vxwall bench throughput --size 64      how much goes through
  vxwall bench latency                   how long it takes
  vxwall bench compare                   all figures, beside other systems, in ten to twenty minutes
`

var benchSubExamples = map[string]string{
	"throughput": `  vxwall bench throughput
  vxwall bench throughput --size 1400 --rules 100000 --offload off
  vxwall bench throughput --new-flows --rules 100000 --offload off
  vxwall bench throughput --system vtep           it is a VTEP itself
  vxwall bench throughput --system redirect       the limit: XDP from port to port
  vxwall bench throughput --system bridge --json
`,
	"latency": `  vxwall bench latency
  vxwall bench latency --offload off --rules 100000
  vxwall bench latency --rate 200000              frames per second, instead of half of what goes through
`,
	"offline": `  vxwall bench offline
  vxwall bench offline emerging.rules --packets 200000 --repeats 1
`,
	"compare": `  vxwall bench compare
  vxwall bench compare --json > report.json
  vxwall bench compare --install                  install Suricata first (Debian's backports)
  vxwall bench compare --repeats 1 --duration 300ms
`,
}

// benchCmd has the subcommands of bench.
type benchCmd struct {
	Throughput benchThroughputCmd `cmd:"" help:"Measure frames per second: under overload, and without loss."`
	Latency    benchLatencyCmd    `cmd:"" help:"Measure how long frames take, beside plain XDP redirect."`
	Compare    benchCompareCmd    `cmd:"" help:"Measure all there is, vxwall beside its peers in one run, and say which bars are held."`
	Offline    benchOfflineCmd    `cmd:"" help:"Measure how fast a capture of mixed flows is judged by signatures, beside Suricata."`
	Rings      benchRingsCmd      `cmd:"" hidden:"" help:"Forward between two ports as a peer of vxwall."`
}

// benchFlags are those of all measurements.
type benchFlags struct {
	JSON     bool          `name:"json" help:"Print the whole report as JSON, with each repeat."`
	Duration time.Duration `default:"1s" placeholder:"TIME" help:"Length of one trial; a search takes about ten (default: ${default})."`
	Repeats  int           `default:"3" placeholder:"N" help:"Interleaved repeats, of which the median counts (default: ${default})."`
	Loss     float64       `default:"0.1" placeholder:"PERCENT" help:"How much a loss-free rate may lose (default: ${default}). RFC 2544 wants 0: on shared cores even plain redirect loses some."`
	Receive  string        `default:"load" enum:"load,appliance" placeholder:"CORE" help:"Whose core receives for the appliance: load, as where it is raised (default), or appliance: two jobs for one core."`
	Flows    int           `default:"1000" placeholder:"N" help:"Established flows (default: ${default})."`
}

// measure takes measurements and prints the report. What was measured before an
// error is printed too.
func (c *benchFlags) measure(e *env, take func(b *load.Bench) error) error {
	settings := load.Settings{Duration: c.Duration, Repeats: c.Repeats, Loss: c.Loss / 100}
	if err := settings.Check(); err != nil {
		return usageError{err}
	}
	progress := func(format string, args ...any) { fmt.Fprintf(e.stderr, format+"\n", args...) }
	b, err := load.NewBench(load.DefaultPlacement(c.Receive == "load"), settings, progress)
	if err != nil {
		return err
	}
	defer b.Close()
	restore := load.Prefer()
	defer restore()
	b.Report.Version = version
	err = take(b)
	b.Report.Elapsed = e.now().Sub(b.Report.Started).Seconds()
	b.Report.NoteHiccups()
	print := b.Report.WriteText
	if c.JSON {
		print = b.Report.WriteJSON
	}
	if printed := print(e.stdout); err == nil {
		err = printed
	}
	return err
}

// benchTraffic are the flags of one traffic and the system it goes through.
type benchTraffic struct {
	Size      string `default:"64" enum:"64,imix,1400" placeholder:"SIZE" help:"64: inner frames of 64 bytes, 114 on the wire; 1400: inner packets, 1464 on the wire; imix: 7 x 64, 4 x 570, 1 x 1400 (default: ${default})."`
	VNIs      int    `default:"1" name:"vnis" placeholder:"N" help:"VXLAN networks of the flows (default: ${default})."`
	NewFlows  bool   `help:"Each frame begins a flow of its own."`
	OuterIPv6 bool   `name:"outer-ipv6" help:"IPv6 underlay."`
	InnerIPv6 bool   `name:"inner-ipv6" help:"IPv6 inside."`
	Rules     int    `default:"1000" placeholder:"N" help:"Rules of vxwall's policy, over a tenth as many segments (default: ${default})."`
	Offload   string `default:"on" enum:"on,off" placeholder:"on|off" help:"Whether the kernel may handle what vxwall has judged (default: ${default})."`
}

// maxBenchRules is what the daemon surely loads in the time it is given.
const maxBenchRules = 200_000

func (c *benchTraffic) traffic(flows int) (load.Traffic, error) {
	t := load.Traffic{
		Flows: flows, VNIs: c.VNIs, Size: load.Size(c.Size), NewFlows: c.NewFlows, OuterV6: c.OuterIPv6, InnerV6: c.InnerIPv6,
	}
	if c.Rules < 1 || c.Rules > maxBenchRules {
		return t, usageError{fmt.Errorf("%d rules are not within 1 to %d", c.Rules, maxBenchRules)}
	}
	if err := t.Check(); err != nil {
		return t, usageError{err}
	}
	return t, nil
}

// vxwall is this very program as the system under test.
func (c *benchTraffic) vxwall() (load.Vxwall, error) {
	program, err := os.Executable()
	if err != nil {
		return load.Vxwall{}, fmt.Errorf("find this program: %w", err)
	}
	return load.Vxwall{Program: program, Rules: c.Rules, Offload: c.Offload == "on"}, nil
}

// peers are the systems that vxwall is compared with.
func peers(program string) []load.System {
	rings := load.Rings{Program: program, Args: []string{"bench", "rings", load.Eth1, load.Eth2}}
	return []load.System{load.Redirect{}, rings, load.Bridge{}, load.Suricata{}, load.SuricataQueue{}}
}

type benchThroughputCmd struct {
	benchFlags
	benchTraffic
	System string `default:"vxwall" enum:"vxwall,vtep,nfqueue,redirect,rings,bridge,suricata,suricata-nfqueue" placeholder:"NAME" help:"What is measured: vxwall, vtep (vxwall as a VTEP, beside the wire), redirect (XDP from port to port), rings (the AF_XDP link without a pipeline), bridge (two kernel VXLAN devices), suricata (inline, no rules), nfqueue and suricata-nfqueue (both behind the queues of a router) (default: ${default})."`
}

// Run measures the rates of one system, and what it is to be measured by.
func (c *benchThroughputCmd) Run(e *env) error {
	traffic, err := c.traffic(c.Flows)
	if err != nil {
		return err
	}
	v, err := c.vxwall()
	if err != nil {
		return err
	}
	systems := []load.System{v}
	switch c.System {
	case "nfqueue":
		systems[0] = load.VxwallQueue{Program: v.Program, Rules: c.Rules}
	case "vtep": // beside the wire, which it is to be measured by
		systems = []load.System{v, load.VxwallVTEP{Program: v.Program, Rules: c.Rules, Offload: v.Offload}}
	}
	for _, p := range peers(v.Program) {
		if p.Name() == c.System {
			systems[0] = p
		}
	}
	return c.measure(e, func(b *load.Bench) error {
		err := b.Throughput(e.ctx, systems, traffic)
		b.Report.Judge()
		return err
	})
}

type benchLatencyCmd struct {
	benchFlags
	benchTraffic
	Rate float64 `placeholder:"FPS" help:"Frames per second (default: half of the loss-free rate, which is measured first)."`
}

// Run measures the latency of vxwall and of plain redirect.
func (c *benchLatencyCmd) Run(e *env) error {
	traffic, err := c.traffic(c.Flows)
	if err != nil {
		return err
	}
	if c.Rate < 0 || c.Rate > 1e8 {
		return usageError{fmt.Errorf("a rate of %g frames per second is not within 1 to 100000000", c.Rate)}
	}
	v, err := c.vxwall()
	if err != nil {
		return err
	}
	return c.measure(e, func(b *load.Bench) error {
		if c.Rate > 0 {
			err = b.Latency(e.ctx, []load.System{load.Redirect{}, v}, traffic, c.Rate)
		} else {
			err = b.LatencyAtHalf(e.ctx, v, traffic)
		}
		b.Report.Judge()
		return err
	})
}

type benchCompareCmd struct {
	benchFlags
	Install bool   `help:"Install Suricata by apt-get from Debian's backports, as root."`
	IPS     bool   `name:"ips" help:"Measure vxwall and Suricata with signatures instead: none and 30,000 literals."`
	Peers   string `default:"redirect,rings,bridge,suricata,suricata-nfqueue" placeholder:"LIST" help:"Which peers (default: ${default})."`
}

// Run measures everything.
func (c *benchCompareCmd) Run(e *env) error {
	program, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find this program: %w", err)
	}
	traffic := load.Traffic{Flows: c.Flows, VNIs: 1, Size: load.Size64}
	if err := traffic.Check(); err != nil {
		return usageError{err}
	}
	plan := load.Plan{Program: program, Flows: c.Flows}
	if plan.Peers, err = choose(peers(program), c.Peers); err != nil {
		return usageError{err}
	}
	if c.Install {
		if err := load.InstallSuricata(e.ctx, e.stderr); err != nil {
			return err
		}
	}
	return c.measure(e, func(b *load.Bench) error {
		if c.IPS {
			return b.CompareIPS(e.ctx, plan)
		}
		return b.Compare(e.ctx, plan)
	})
}

// choose returns the systems that a list names.
func choose(all []load.System, list string) (chosen []load.System, err error) {
	for name := range strings.SplitSeq(list, ",") {
		found := false
		for _, s := range all {
			if s.Name() == name {
				chosen, found = append(chosen, s), true
			}
		}
		if !found {
			return nil, fmt.Errorf("unknown peer %q: expected some of redirect, rings, bridge, suricata, suricata-nfqueue", name)
		}
	}
	return chosen, nil
}

type benchRingsCmd struct {
	Ports []string `arg:"" help:"Two ports."`
}

// Run forwards until it is told to stop.
func (c *benchRingsCmd) Run(e *env) error {
	if len(c.Ports) != 2 {
		return usageError{fmt.Errorf("%d ports: expected 2", len(c.Ports))}
	}
	return load.ServeRings(e.ctx.Done(), [2]string(c.Ports), load.SendReady)
}
