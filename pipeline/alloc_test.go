package pipeline_test

import (
	"slices"
	"testing"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// load is what a worker is given again and again.
type load struct {
	stage  pipeline.Stage
	frames [][]byte
	config func(*pipeline.Config)
}

func loads() map[string]load {
	open := pt.Handshake(pt.VXLAN{VNI: 100}, pt.IPv4{}, pt.IPv4{})
	fin := [][]byte{
		v100(pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Seq: 109, Ack: 901, Flags: "FA"}),
		v100back(back, pt.TCP{Src: 5432, Dst: 40000, Seq: 901, Ack: 110, Flags: "FA"}),
	}
	var fresh [][]byte // more flows than there is room for
	for port := range uint16(500) {
		fresh = append(fresh, datagram(port))
	}
	allow, deny, reject := pt.AllowAll(), pt.DropAll(), pt.RejectAll()
	strip := func(c *pipeline.Config) { c.VLAN = pipeline.VLANStrip }
	few := func(c *pipeline.Config) { c.Fragments.Datagrams, c.Fragments.Memory = 2, 5*2048 }
	return map[string]load{
		"UDP":                 {allow, one(datagram(1)), nil},
		"UDP, new flows":      {allow, fresh, nil},
		"TCP":                 {allow, slices.Concat(open, fin), nil},
		"IPv6":                {allow, one(pt.Frame(pt.VXLAN{VNI: 1, V6: true}, pt.Eth{}, pt.IPv6{}, pt.Ext{Proto: 60}, pt.UDP{})), nil},
		"denied":              {deny, fresh, nil},
		"rejected":            {reject, slices.Concat(fresh[:50], open[:1]), nil},
		"malformed":           {allow, one(v100(pt.IPv4{Len: 900}, pt.UDP{})), nil},
		"nested":              {allow, one(nest(nil, 2)), nil},
		"ICMP":                {allow, [][]byte{echo(7), icmpError(3, pt.IPv4{}, pt.ICMP{Type: 8, ID: 7})}, nil},
		"fragments":           {allow, slices.Concat(pt.Split(datagram4(1), 48, 96), pt.Split(datagram6(1), 48)), nil},
		"fragments, denied":   {deny, pt.Split(datagram4(1), 48, 96), nil},
		"fragments, no room":  {allow, interleaved(pt.Split(datagram4(1), 48, 96), pt.Split(datagram6(1), 48, 96)), few},
		"fragments, overlaps": {allow, [][]byte{pt.Piece(datagram4(1), make([]byte, 16), 0, true), pt.Piece(datagram4(1), make([]byte, 16), 8, true)}, nil},
		"copies":              {deny, slices.Concat(open, cutAll(open, 90), cutAll(open, 70), mirrored(4, open...)), func(c *pipeline.Config) { asCopies(c, true) }},
		"VLAN tags":           {allow, one(v100(pt.VLAN{ID: 7}, pt.IPv4{}, pt.UDP{})), strip},
	}
}

// Nothing on a packet's road allocates once all that is made once was made.
func TestNoAllocations(t *testing.T) {
	for name, test := range loads() {
		t.Run(name, func(t *testing.T) {
			cfg := smallConfig()
			if test.config != nil {
				test.config(&cfg)
			}
			loop, original := pt.NewLoop(test.frames...), slices.Clone(test.frames)
			for i := range original {
				original[i] = slices.Clone(original[i])
			}
			loop.Fresh = func(i int, frame []byte) { copy(frame, original[i]) }
			var current pipeline.Current
			current.Publish(program(1, test.stage))
			w := pipeline.NewWorker(cfg, loop, &current, pt.Silent{})
			if n := pt.AllocsPerStep(w); n != 0 {
				t.Errorf("%v allocations per batch", n)
			}
		})
	}
}

func TestContractOfStubs(t *testing.T) {
	for _, stage := range []func() pipeline.Stage{pt.AllowAll, pt.DropAll, pt.RejectAll} {
		t.Run(stage().Name(), func(t *testing.T) { pt.StageSuite(t, stage) })
	}
}
