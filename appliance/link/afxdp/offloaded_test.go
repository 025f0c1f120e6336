package afxdp

import (
	"testing"

	pt "vxwall/pipeline/pipelinetest"
)

// TestEachOffloaded: who sends in flows that were offloaded is read from the entries
// as it stood in the packets, inner and outer, IPv4 and IPv6.
func TestEachOffloaded(t *testing.T) {
	r := newRig(t, nil)
	want := map[Offloaded]bool{}
	for port, frame := range [][]byte{
		plain(v100, pt.IPv4{}, pt.UDP{Src: 7, Dst: 514}),
		plain(pt.VXLAN{VNI: 200, V6: true}, pt.IPv4{}, pt.UDP{Src: 8, Dst: 514}),
		plain(v100, pt.IPv6{}, pt.TCP{Src: 9, Dst: 514}),
		plain(pt.VXLAN{VNI: 0xabcdef, V6: true}, pt.IPv6{}, pt.UDP{Src: 10, Dst: 514}),
	} {
		p := parse(t, frame)
		var e offloadEntry
		if !r.makeEntry(&e, p, receipt{port: port % 2}) || !r.offload(&e, nil) {
			t.Fatal("not offloaded")
		}
		o := Offloaded{Key: p.Flow, MAC: p.Inner().Src(), VTEPPort: 4789, Port: port % 2}
		o.VTEP, _ = p.VTEPs()
		want[o] = true
	}
	n := 0
	r.table.each(func(o *Offloaded) {
		n++
		if !want[*o] {
			t.Errorf("%+v", *o)
		}
	})
	if n != len(want) {
		t.Errorf("%d of %d", n, len(want))
	}
}
