package afxdp

import (
	"testing"

	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// No VNI keeps the others out, and each gets back what it gave up.
func TestOffloadShares(t *testing.T) {
	const room = 1000
	r := newRig(t, func(c *Config) { c.Offload = room })
	fill := func(vni uint32) (n int) {
		var h flow.Handled
		for i := range room {
			key := flow.Key{VNI: vni, Proto: 17, SrcPort: uint16(i)}
			var e offloadEntry
			setKey(&e, &key)
			if r.offload(&e, nil) {
				n++
			}
			if i%10 == 0 && r.recall(&key, &h) { // nine of ten stay
				n--
			}
		}
		return n
	}
	for vni, want := range []int{800, 160, 32, 6} {
		if got := fill(uint32(vni)); got < want-2 || got > want+2 {
			t.Errorf("VNI %d has %d entries, want about %d", vni, got, want)
		}
	}
}

// An entry that is written anew counts once.
func TestOffloadAgain(t *testing.T) {
	r := newRig(t, nil)
	frame := plain(v100, pt.IPv4{}, dns)
	r.offer(0, frame, offloadForward)
	key := r.offer(0, frame, offloadForward)
	if n := r.entryCount(); n != 1 {
		t.Errorf("%d entries, want 1", n)
	}
	r.recall(&key, new(flow.Handled))
	if n := r.entryCount(); n != 0 {
		t.Errorf("%d entries, want 0", n)
	}
}
