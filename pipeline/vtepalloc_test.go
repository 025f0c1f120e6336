package pipeline_test

import (
	"slices"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// vtepLoop delivers frames again and again, each with room in front of it, and no two
// of a batch in the same place: they are rewritten.
func vtepLoop(frames ...[]byte) *pt.Loop {
	const room = 64
	frames = slices.Repeat(frames, pipeline.BatchSize)
	lent := make([][]byte, len(frames))
	for i, frame := range frames {
		lent[i] = slices.Concat(make([]byte, room), frame)[room:]
	}
	loop := pt.NewLoop(lent...)
	loop.Room = room
	loop.Fresh = func(i int, frame []byte) { copy(frame, frames[i]) }
	return loop
}

func vtepLoads() map[string][][]byte {
	fragments := pt.Split([]pt.Layer{fromA(), pt.Eth{Dst: macSix}, pt.IPv4{ID: 5}, pt.UDP{Src: 5000, Dst: 9999}, message(120)}, 48, 96)
	ce := fromA()
	ce.TOS = overlay.CE
	return map[string][][]byte{
		"UDP":       one(udpTo(pt.MACb)),
		"to IPv6":   one(udpTo(macSix)),
		"from IPv6": one(pt.Frame(fromSix(), pt.Eth{Src: macSix, Dst: pt.MACa}, pt.IPv6{}, pt.UDP{Src: 1, Dst: 2})),
		"flooded":   one(udpTo(everybody)),
		"too big":   one(pt.Frame(fromA(), pt.Eth{}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(1500))),
		"fragments": fragments,
		"learned":   one(pt.Frame(fromA(), pt.Eth{Src: macNobody}, pt.IPv4{}, pt.UDP{Src: 1, Dst: 2})),
		"marked":    one(pt.Frame(ce, pt.Eth{}, pt.IPv4{TOS: overlay.ECT0}, pt.UDP{Src: 1, Dst: 2})),
		"SYN":       one(pt.Frame(fromA(), pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "S", Options: []byte{2, 4, 0xff, 0xff}})),
		"refused":   one(pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{})),
	}
}

func TestVTEPAllocatesNothing(t *testing.T) {
	for name, frames := range vtepLoads() {
		for _, stage := range []pipeline.Stage{pt.AllowAll(), pt.RejectAll()} {
			t.Run(name+", "+stage.Name(), func(t *testing.T) {
				s := spec()
				s.Options.ClampMSS, s.Options.DSCP = true, overlay.DSCPUniform
				var current pipeline.Current
				current.Publish(program(1, stage))
				w := pipeline.NewWorker(vtepConfig(s), vtepLoop(frames...), &current, pt.Silent{})
				if n := pt.AllocsPerStep(w); n != 0 {
					t.Errorf("%v allocations per batch", n)
				}
			})
		}
	}
}

func BenchmarkWireAndVTEP(b *testing.B) {
	run := func(b *testing.B, cfg pipeline.Config, frames ...[]byte) {
		var current pipeline.Current
		current.Publish(program(1, pt.AllowAll()))
		w := pipeline.NewWorker(cfg, vtepLoop(frames...), &current, pt.Silent{})
		b.ReportAllocs()
		for n := 0; n < b.N; n += pipeline.BatchSize {
			if err := w.Step(); err != nil {
				b.Fatal(err)
			}
		}
	}
	b.Run("wire", func(b *testing.B) { run(b, smallConfig(), udpTo(pt.MACb)) })
	b.Run("vtep", func(b *testing.B) { run(b, vtepConfig(spec()), udpTo(pt.MACb)) })
	b.Run("vtep, IPv6", func(b *testing.B) { run(b, vtepConfig(spec()), udpTo(macSix)) })
	b.Run("vtep, flooded", func(b *testing.B) { run(b, vtepConfig(spec()), udpTo(everybody)) })
}
