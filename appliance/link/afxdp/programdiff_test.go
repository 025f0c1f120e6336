package afxdp

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"

	"github.com/cilium/ebpf"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// judge is the pipeline's opinion, at its strictest, of frames that the program
// handled by itself.
type judge struct {
	cfg    pipeline.Config
	parser pipeline.Parser
	model  *pipeline.Packet // what was offloaded
}

func newJudge(t *testing.T, model []byte) *judge {
	j := &judge{cfg: pipeline.Default(), model: parse(t, model)}
	j.cfg.AcceptReserved, j.cfg.VLAN, j.cfg.Nested = false, pipeline.VLANDrop, pipeline.NestedDrop
	j.cfg.AcceptNoChecksum6 = noChecksum6(j.model) == 1
	return j
}

// forwarded says what is wrong with a frame that was forwarded as one of the
// model's flow, "" if nothing.
func (j *judge) forwarded(frame []byte) string {
	p, reason := j.parser.Parse(&j.cfg, frame, pipeline.LinkEthernet)
	switch {
	case reason != pipeline.OK:
		return "pipeline refuses it: " + reason.String()
	case !p.IsIP() || p.Fragment() || p.Flow != j.model.Flow:
		return "another flow"
	case !bytes.Equal(p.VXLAN(), j.model.VXLAN()):
		return "another VXLAN header"
	case !bytes.Equal(p.Inner(), j.model.Inner()):
		return "another inner Ethernet header"
	}
	return ""
}

// outcome is what a program did with a frame, for speed.
type outcome uint8

const (
	wentToSocket outcome = iota
	wasForwarded
	wasNotVXLAN
)

// differ runs frames that come in at port 0, and counts.
type differ struct {
	*rig
	last  Kernel
	total pipeline.Tally
	seen  [3]int
}

func (d *differ) run(frame []byte) (o outcome) {
	_, err := d.ports[0].xdp.Run(&ebpf.RunOptions{Data: frame})
	check(d.t, err)
	now, err := d.kernel()
	check(d.t, err)
	switch {
	case now.Forwarded[0] != d.last.Forwarded[0]:
		o = wasForwarded
	case now.Relayed[0][pipeline.NotVXLAN] != d.last.Relayed[0][pipeline.NotVXLAN]:
		o = wasNotVXLAN
	}
	d.last = now
	d.total.Packets++
	d.total.Bytes += uint64(len(frame))
	d.seen[o]++
	return o
}

// compare runs a frame and asks the pipeline whether that was right.
func (d *differ) compare(j *judge, frame []byte) {
	d.t.Helper()
	switch d.run(frame) {
	case wasForwarded:
		if wrong := j.forwarded(frame); wrong != "" {
			d.t.Fatalf("forwarded: %s: %x", wrong, frame)
		}
	case wasNotVXLAN:
		if _, reason := j.parser.Parse(&j.cfg, frame, pipeline.LinkEthernet); reason != pipeline.NotVXLAN {
			d.t.Fatalf("relayed as not VXLAN, pipeline says %s: %x", reason, frame)
		}
	}
}

// sum checks that every frame was counted once, with its bytes.
func (d *differ) sum() {
	d.t.Helper()
	var sum pipeline.Tally
	for _, t := range d.counters() {
		addTally(&sum, t.Packets, t.Bytes)
	}
	if sum != d.total {
		d.t.Errorf("counted %+v, want %+v", sum, d.total)
	}
}

const mutants = 700 // of each frame

// No frame is forwarded as part of an offloaded flow that the pipeline would
// refuse or take for another flow's, and none is relayed as not VXLAN that the
// pipeline calls otherwise: whatever is changed or cut off in a frame.
func TestProgramAgreesWithPipeline(t *testing.T) {
	d := &differ{rig: newRig(t, func(c *Config) { c.Ring = 1 << 30 })}
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for _, model := range offloadables() {
		j := newJudge(t, model)
		d.offer(0, model, offloadForward)
		if d.run(model) != wasForwarded {
			t.Fatalf("not forwarded: %x", model)
		}
		for n := 14; n < min(len(model), 200); n++ {
			d.compare(j, model[:n])
		}
		for range mutants {
			d.compare(j, mutate(random, model))
		}
		d.recall(&j.model.Flow, new(flow.Handled))
	}
	frames := pt.Samples()
	for _, more := range []map[string][]byte{notVXLAN(), unclear(), sound()} {
		for _, frame := range more {
			frames = append(frames, frame)
		}
	}
	j := newJudge(t, plain(v100, pt.IPv4{}, dns))
	for _, frame := range frames {
		for range mutants / 10 {
			if frame := mutate(random, frame); len(frame) >= 14 {
				d.compare(j, frame)
			}
		}
	}
	d.sum()
	t.Logf("%d to the socket, %d forwarded, %d not VXLAN", d.seen[wentToSocket], d.seen[wasForwarded], d.seen[wasNotVXLAN])
	for _, n := range d.seen {
		if n < 500 {
			t.Errorf("too few to say anything: %v", d.seen)
		}
	}
}

// mutate returns a copy of a frame with a few changes, most of them in its headers,
// at least 14 bytes long if the frame is.
func mutate(random *rand.Rand, frame []byte) []byte {
	b := bytes.Clone(frame)
	for range 1 + random.IntN(3) {
		if len(b) < 18 {
			return b
		}
		at := random.IntN(min(len(b)-2, 130))
		switch random.IntN(6) {
		case 0:
			b[at] ^= 1 << random.IntN(8)
		case 1:
			b[at] = byte(random.Uint32())
		case 2: // lengths that are off by little
			binary.BigEndian.PutUint16(b[at:], binary.BigEndian.Uint16(b[at:])+uint16(random.IntN(33)-16))
		case 3:
			b[at] = []byte{0, 4, 6, 17, 43, 44, 60, 0x40, 0x45, 0x46, 0x50, 0x60, 0x81, 131, 137, 255}[random.IntN(16)]
		case 4:
			b = b[:14+random.IntN(len(b)-14)]
		case 5:
			b = append(b, make([]byte, random.IntN(20))...)
		}
	}
	return b
}
