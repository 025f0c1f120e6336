package pipeline_test

import (
	"bytes"
	"slices"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	pt "vxwall/pipeline/pipelinetest"
)

// receivers are the peers to which a frame and its copies were sent.
func receivers(t *testing.T, result *pt.Result) (peers []int) {
	t.Helper()
	for _, s := range result.Sent {
		o, _ := outerOf(t, s.Bytes, s.Out)
		at := slices.IndexFunc(toPeer[:], func(want outer) bool { return want.vteps == o.vteps })
		if at < 0 || o != toPeer[at] {
			t.Fatalf("outer header %+v is none of a peer's", o)
		}
		peers = append(peers, at)
	}
	slices.Sort(peers)
	return peers
}

// Broadcast, multicast and unknown unicast go to all but those behind the split horizon.
func TestVTEPFloods(t *testing.T) {
	tests := map[string]struct {
		from   pt.VXLAN
		mac    string
		change func(s *overlay.Spec)
		want   []int
	}{
		"broadcast":       {fromA(), everybody, nil, []int{peerB, peerC, peerSix}},
		"multicast":       {fromA(), "33:33:00:00:00:01", nil, []int{peerB, peerC, peerSix}},
		"unknown unicast": {fromA(), macNobody, nil, []int{peerB, peerC, peerSix}},
		"from IPv6":       {fromSix(), everybody, nil, []int{peerA, peerB, peerC}},
		"split horizon":   {fromA(), everybody, func(s *overlay.Spec) { s.Peers[peerA].Group, s.Peers[peerC].Group = 1, 1 }, []int{peerB, peerSix}},
		"no next hop":     {fromA(), everybody, func(s *overlay.Spec) { s.Peers[peerB].NextHop = [6]byte{} }, []int{peerC, peerSix}},
		"shorter list":    {fromA(), everybody, func(s *overlay.Spec) { s.Networks[0].Flood = []int{peerSix, peerB} }, []int{peerB, peerSix}},
		"one receiver":    {fromA(), everybody, func(s *overlay.Spec) { s.Networks[0].Flood = []int{peerSix, peerA} }, []int{peerSix}},
		"other network":   {fromA(), everybody, otherNetwork, []int{peerC}},
	}
	for name, test := range tests {
		for kind, inner := range innerFrames(pt.MACa, test.mac) {
			t.Run(name+", "+kind, func(t *testing.T) {
				frame := pt.Frame(append([]pt.Layer{test.from}, inner...)...)
				result := vtepRig(test.change).Run(frame)
				if got := receivers(t, result); !slices.Equal(got, test.want) {
					t.Errorf("sent to peers %v, want %v", got, test.want)
				}
				for _, s := range result.Sent {
					if _, carried := outerOf(t, s.Bytes, s.Out); !bytes.Equal(carried, pt.Frame(inner...)) {
						t.Errorf("carries %x", carried)
					}
				}
				c := result.Counters
				if n := uint64(len(test.want) - 1); c.Forwarded.Packets != 1 || c.Copies.Packets != n || len(result.Copies()) != int(n) {
					t.Errorf("%d forwarded, %d copies", c.Forwarded.Packets, c.Copies.Packets)
				}
			})
		}
	}
}

// otherNetwork leaves VNI 100 to the pattern of those that are not listed.
func otherNetwork(s *overlay.Spec) {
	s.Networks[0].ID = 7
	s.Other = &overlay.Network{Flood: []int{peerA, peerC}, Unknown: overlay.UnknownFlood}
}

// The number and the bytes of copies in one batch are bounded; those that do not fit
// are counted, and the frame itself is sent all the same.
func TestVTEPBoundsCopies(t *testing.T) {
	frames := make([][]byte, 10)
	for i := range frames {
		frames[i] = udpTo(everybody)
	}
	length := uint64(len(frames[0]))
	for name, test := range map[string]struct {
		copies, bytes, batch int
		want                 uint64
	}{"by number": {7, 1 << 16, 0, 7}, "by bytes": {100, 5 * (int(length) + 20), 0, 5}, "each batch": {3, 1 << 16, 1, 30}, "enough": {20, 1 << 16, 0, 20}} {
		t.Run(name, func(t *testing.T) {
			rig := vtepRig(func(s *overlay.Spec) { s.Networks[0].Flood = []int{peerB, peerSix, peerA, peerC} })
			rig.Config.Copies, rig.Config.CopyBytes, rig.Batch = test.copies, test.bytes, test.batch
			c := rig.Run(frames...).Counters
			want := min(test.want, 20)
			dropped := c.CopiesDropped[pipeline.CopyLimit]
			if name == "by bytes" {
				want = c.Copies.Packets
				if c.Copies.Bytes > uint64(test.bytes) || c.Copies.Bytes < uint64(test.bytes)-length-20 {
					t.Errorf("%d bytes of copies, room for %d", c.Copies.Bytes, test.bytes)
				}
			}
			if c.Forwarded.Packets != 10 || c.Copies.Packets != want || c.Copies.Packets+dropped != 20 {
				t.Errorf("%d forwarded, %d copies, %d dropped", c.Forwarded.Packets, c.Copies.Packets, dropped)
			}
		})
	}
}

// A peer with a narrow path gets no copy of what does not fit, the others do; the frame
// itself goes to one with room for its header.
func TestVTEPFloodsToWhomItFits(t *testing.T) {
	big := pt.Frame(fromA(), pt.Eth{Dst: everybody}, pt.IPv4{DF: true}, pt.UDP{Src: 1, Dst: 2}, pt.Zeros(1000))
	result := vtepRig(func(s *overlay.Spec) { s.Peers[peerB].MTU = 600 }).Run(big)
	if got := receivers(t, result); !slices.Equal(got, []int{peerC, peerSix}) || result.Counters.CopiesDropped[pipeline.TooBig] != 1 {
		t.Errorf("sent to peers %v, %d copies dropped", got, result.Counters.CopiesDropped[pipeline.TooBig])
	}
	rig := vtepRig(func(s *overlay.Spec) { s.Networks[0].Flood = []int{peerSix, peerB} })
	rig.Room = 0
	result = rig.Run(big)
	if got := receivers(t, result); !slices.Equal(got, []int{peerB, peerSix}) || result.Forwarded()[1][12] != 8 {
		t.Errorf("without headroom sent to peers %v", got)
	}
}

// Fragments are flooded each by itself.
func TestVTEPFloodsFragments(t *testing.T) {
	layers := []pt.Layer{fromA(), pt.Eth{Dst: everybody}, pt.IPv4{ID: 5}, pt.UDP{Src: 5000, Dst: 9999}, message(120)}
	result := vtepRig(nil).Run(pt.Split(layers, 48)...)
	if got := receivers(t, result); !slices.Equal(got, []int{peerB, peerB, peerC, peerC, peerSix, peerSix}) {
		t.Errorf("sent to %v", got)
	}
}
