package afxdp

import (
	"bytes"
	"testing"

	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// Whoever speaks from another VTEP, or to another one, is none of the flow's.
func TestOffloadVTEPs(t *testing.T) {
	r := newRig(t, nil)
	four := pt.VXLAN{VNI: 100}
	six := pt.VXLAN{VNI: 100, V6: true}
	for name, v := range map[string]pt.VXLAN{"IPv4": four, "IPv6": six} {
		judged := plain(v, pt.IPv4{}, dns, data)
		key := r.offer(0, judged, offloadForward)
		r.expect(0, judged, forwarded)
		begin, each := 14+12, 4
		if v.V6 {
			begin, each = 14+8, 16
		}
		for at := begin; at < begin+2*each; at++ {
			spoofed := bytes.Clone(judged)
			spoofed[at] ^= 0x10
			if got := r.run(0, spoofed); got != toSocket {
				t.Errorf("%s, byte %d: %s", name, at, got)
			}
		}
		r.recall(&key, new(flow.Handled))
	}
}

// No checksum over IPv6 is fine for those alone whose flow was judged so.
func TestOffloadChecksum6(t *testing.T) {
	r := newRig(t, nil)
	six := pt.VXLAN{VNI: 100, V6: true}
	bare := six
	bare.NoChecksum = true
	with, without := plain(six, pt.IPv4{}, dns), plain(bare, pt.IPv4{}, dns)
	r.offer(0, with, offloadForward)
	r.expect(0, with, forwarded)
	r.expect(0, without, toSocket)
	r.offer(0, without, offloadForward)
	r.expect(0, with, forwarded)
	r.expect(0, without, forwarded)
}
