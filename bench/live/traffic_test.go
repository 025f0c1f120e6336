package live

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"vxwall/bench/lab"
	"vxwall/pipeline/pipelinetest"
)

var families = map[string]bool{"IPv4": false, "IPv6": true}

// TestTraffic: ping (small, 1500 bytes, fragments), TCP and UDP, both ways, in both VNIs
// with the same addresses, IPv4 and IPv6 inside, over each underlay, with offload
// and without. ARP, ND and the underlay's own pass with it, or nothing would.
func TestTraffic(t *testing.T) {
	for name, o := range map[string]lab.Options{
		"IPv4": {Underlay: lab.IPv4}, "IPv6": {Underlay: lab.IPv6}, "mixed, GBP": {Underlay: lab.Mixed, GBP: true},
	} {
		for _, offload := range []bool{true, false} {
			t.Run(fmt.Sprintf("%s, offload %v", name, offload), func(t *testing.T) {
				w := start(t, o, allowBoth, config{"datapath.offload": offload})
				for _, from := range []lab.Place{lab.Left100, lab.Right200} {
					for family, six := range families {
						t.Run(fmt.Sprint(from, " ", family), func(t *testing.T) { w.exchange(t, from, six) })
					}
				}
				s := w.balanced(t)
				if s.Packets.Dropped.Packets > 0 {
					t.Errorf("dropped: %+v", s.Packets.DroppedBy)
				}
				if offloaded := s.Kernel.Forwarded.Packets > 0; offloaded != offload {
					t.Errorf("%d packets offloaded, offload is %v", s.Kernel.Forwarded.Packets, offload)
				}
			})
		}
	}
}

func (w *wall) exchange(t *testing.T, from lab.Place, six bool) {
	for _, size := range []int{0, 1500, 4000} {
		w.wantPing(t, lab.Ping{From: from, Six: six, Size: size})
	}
	for _, place := range []lab.Place{from, from.Peer()} {
		w.wantTransfer(t, lab.Transfer{From: place, Six: six, Bytes: 4 << 20})
		s := w.stream(t, lab.Stream{From: place, Six: six, Echo: true, Size: 1400})
		time.Sleep(200 * time.Millisecond)
		if r := s.Stop(); r.Received == 0 || r.Lost() > 0 || r.Duplicated > 0 || r.Echoed != r.Sent {
			t.Errorf("stream from %s: %v, %d echoed", place, r, r.Echoed)
		}
	}
}

// vxlan returns the VXLAN header and what follows of a frame over IPv4, nil if it is something else.
func vxlan(frame []byte) []byte {
	if len(frame) < 50 || frame[12] != 8 || frame[13] != 0 || frame[23] != syscall.IPPROTO_UDP ||
		binary.BigEndian.Uint16(frame[36:]) != lab.VXLANPort {
		return nil
	}
	return frame[42:]
}

// TestByteIdentical: a capture on the far side shows the frames of the near side, byte for
// byte, both ways, with VLAN tags and fragments among them.
func TestByteIdentical(t *testing.T) {
	for _, offload := range []bool{true, false} {
		t.Run(fmt.Sprint("offload ", offload), func(t *testing.T) {
			w := start(t, lab.Options{Exact: true, GBP: true}, allowBoth, config{"datapath.offload": offload})
			isVXLAN := func(f []byte) bool { return vxlan(f) != nil }
			left, err := w.Capture(lab.Left, "", isVXLAN)
			if err != nil {
				t.Fatal(err)
			}
			right, err := w.Capture(lab.Right, "", isVXLAN)
			if err != nil {
				t.Fatal(err)
			}
			w.exchange(t, lab.Left100, false)
			w.exchange(t, lab.Right200, true)
			if err := w.SendFrames(lab.Left100, "", tagged()...); err != nil {
				t.Fatal(err)
			}
			time.Sleep(300 * time.Millisecond)
			compare(t, left, right)
		})
	}
}

// tagged are inner frames without a VLAN tag, with one, and with two.
func tagged() (frames [][]byte) {
	for _, tags := range [][]pipelinetest.Layer{nil, {pipelinetest.VLAN{ID: 7}}, {pipelinetest.VLAN{ID: 8}, pipelinetest.VLAN{ID: 9}}} {
		layers := []pipelinetest.Layer{pipelinetest.Eth{Src: lab.Left100.MAC().String(), Dst: lab.Right100.MAC().String()}}
		layers = append(layers, tags...)
		layers = append(layers, pipelinetest.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, pipelinetest.UDP{Src: 1000, Dst: 2000}, pipelinetest.Zeros(600+len(tags)))
		frames = append(frames, pipelinetest.Frame(layers...))
	}
	return frames
}

// compare compares what each side sent with what the other received. Frames of
// different flows may overtake each other.
func compare(t *testing.T, left, right *lab.Capture) {
	t.Helper()
	atLeft, lostLeft := left.Stop()
	atRight, lostRight := right.Stop()
	if lostLeft+lostRight > 0 {
		t.Errorf("captures lost %d and %d frames", lostLeft, lostRight)
	}
	for way, ends := range map[string][2][]lab.Frame{"to the right": {atLeft, atRight}, "to the left": {atRight, atLeft}} {
		sent, received := frames(ends[0], true), frames(ends[1], false)
		if len(sent) < 1000 || !slices.EqualFunc(sent, received, bytes.Equal) {
			t.Errorf("%s: %d frames sent, %d received, equal %v", way, len(sent), len(received), slices.EqualFunc(sent, received, bytes.Equal))
		}
		t.Logf("%s: %d frames identical", way, len(sent))
	}
}

func frames(all []lab.Frame, sent bool) (list [][]byte) {
	for _, f := range all {
		if f.Sent == sent {
			list = append(list, f.Data)
		}
	}
	slices.SortFunc(list, bytes.Compare)
	return list
}

// TestLargeTransfer: a gigabyte arrives intact if a rule allows it, and not at
// all if none does.
func TestLargeTransfer(t *testing.T) {
	for _, offload := range []bool{true, false} {
		t.Run(fmt.Sprint("offload ", offload), func(t *testing.T) {
			w := start(t, lab.Options{}, allowBoth, config{"datapath.offload": offload})
			w.wantTransfer(t, lab.Transfer{From: lab.Left100, Bytes: 1 << 30})
			w.balanced(t)
		})
	}
	t.Run("denied", func(t *testing.T) {
		w := start(t, lab.Options{}, denyBoth, nil)
		got, err := w.Transfer(t.Context(), lab.Transfer{From: lab.Left100, Bytes: 1 << 30, Timeout: 2 * time.Second})
		if err == nil || got.Connected || got.Received > 0 || errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("%v, %v", got, err)
		}
	})
}

// TestRejectAnswersReachTheSender, of TCP, UDP and ping, over IPv4 and IPv6.
func TestRejectAnswersReachTheSender(t *testing.T) {
	w := start(t, lab.Options{Underlay: lab.Mixed}, rejectRed, nil)
	for family, six := range families {
		got, err := w.Transfer(t.Context(), lab.Transfer{From: lab.Left100, Six: six})
		if !errors.Is(err, syscall.ECONNREFUSED) || got.Connected {
			t.Errorf("%s: TCP: %v, %v", family, got, err)
		}
		pinged, err := w.Ping(t.Context(), lab.Ping{From: lab.Right100, Six: six})
		if err != nil || pinged.Received > 0 || pinged.Unreachable == 0 {
			t.Errorf("%s: %v, %v", family, pinged, err)
		}
		s, err := w.Stream(t.Context(), lab.Stream{From: lab.Left100, Six: six, Rate: 100})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(500 * time.Millisecond)
		if r := s.Stop(); r.Received > 0 || r.Refused == 0 {
			t.Errorf("%s: UDP: %v, %d refused", family, r, r.Refused)
		}
	}
	got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left200, Count: 1})
	if err != nil || got.Unreachable+got.Received > 0 {
		t.Errorf("denied without a word, but got %v, %v", got, err)
	}
}

// TestGroup: the group decides, and is kept on the way.
func TestGroup(t *testing.T) {
	w := start(t, lab.Options{GBP: true}, operatorsOnly, nil)
	for group, passes := range map[uint32]bool{17: true, 0: false, 18: false, 17 | lab.PolicyApplied: true} {
		if err := w.SetGroup(lab.Left200, group); err != nil {
			t.Fatal(err)
		}
		far, err := w.Capture(lab.Right, "", func(f []byte) bool {
			v := vxlan(f)
			return v != nil && bytes.HasPrefix(v[8:], lab.Right200.MAC()) && v[8+12] == 8 && v[8+13] == 0
		})
		if err != nil {
			t.Fatal(err)
		}
		got, err := w.Ping(t.Context(), lab.Ping{From: lab.Left200, Count: 2, Timeout: time.Second})
		if err != nil || (got.Received == 2) != passes || (got.Received == 0) == passes {
			t.Errorf("group %#x: %v, %v", group, got, err)
		}
		all, _ := far.Stop()
		if (len(all) == 0) == passes {
			t.Errorf("group %#x: %d frames on the far side", group, len(all))
		}
		for _, f := range all {
			if v := vxlan(f.Data); v[0] != 0x88 || binary.BigEndian.Uint16(v[2:]) != uint16(group) || (v[1] == 8) != (group > 0xffff) {
				t.Errorf("group %#x: header %x", group, v[:8])
			}
		}
	}
}

// TestTwoQueues: the two directions of a flow come to different queues, and are
// handed to the worker that owns the flow.
func TestTwoQueues(t *testing.T) {
	w := start(t, lab.Options{Queues: 2}, allowBoth, config{"datapath.offload": false})
	var streams []*lab.RunningStream
	for port := range uint16(8) {
		streams = append(streams, w.stream(t, lab.Stream{From: lab.Left100, Port: 6000 + port, Rate: 200, Echo: true}))
	}
	w.wantTransfer(t, lab.Transfer{From: lab.Right200, Bytes: 16 << 20})
	for _, s := range streams {
		if r := s.Stop(); r.Lost() > 0 || r.Reordered > 0 || r.Duplicated > 0 || r.Echoed != r.Sent {
			t.Errorf("port %d: %v, %d echoed", s.Port, r, r.Echoed)
		}
	}
	s := w.balanced(t)
	var over, taken uint64
	for i, worker := range s.Workers {
		over, taken = over+worker.HandedOver, taken+worker.TakenOver
		t.Logf("worker %d: %d received, %d handed over, %d taken over", i, worker.Received.Packets, worker.HandedOver, worker.TakenOver)
	}
	if len(s.Workers) != 2 || over == 0 || over != taken {
		t.Errorf("%d workers, %d handed over, %d taken", len(s.Workers), over, taken)
	}
}
