package lab_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/bench/lab"
)

// vxlanOf returns the VXLAN header and what follows of a frame over IPv4, nil if
// it is something else.
func vxlanOf(frame []byte) []byte {
	if len(frame) < 50 || frame[12] != 8 || frame[13] != 0 || frame[23] != syscall.IPPROTO_UDP ||
		binary.BigEndian.Uint16(frame[36:]) != lab.VXLANPort {
		return nil
	}
	return frame[42:]
}

func TestStream(t *testing.T) {
	l := plain(t, lab.Options{})
	for family, six := range families {
		s, err := l.Stream(t.Context(), lab.Stream{From: lab.Right100, Six: six, Rate: 2000, Size: 1000, Echo: true})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		r := s.Stop()
		t.Log(family, r)
		if r.Sent < 500 || r.Lost() > 0 || r.Duplicated > 0 || r.Echoed != r.Sent || r.LongestLoss != 0 || r.LongestGap == 0 {
			t.Errorf("%s: %v, %d echoed", family, r, r.Echoed)
		}
	}
}

// TestStreamSeesAnOutage: while the wall does not forward, the stream is lost.
func TestStreamSeesAnOutage(t *testing.T) {
	l := plain(t, lab.Options{})
	wantPing(t, l, lab.Ping{From: lab.Left200, Count: 1}) // addresses are known
	s, err := l.Stream(t.Context(), lab.Stream{From: lab.Left200})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(200 * time.Millisecond)
	outage := withoutWire(t, l, 300*time.Millisecond)
	time.Sleep(200 * time.Millisecond)
	r := s.Stop()
	t.Log(r, "outage", outage)
	if r.Lost() == 0 || r.LongestLoss < outage/2 || r.LongestLoss > outage+200*time.Millisecond || r.LongestGap < outage/2 {
		t.Errorf("%v, outage %v", r, outage)
	}
}

// withoutWire sets a port of the wall down for a time and returns how long it was.
func withoutWire(t *testing.T, l *lab.Lab, wait time.Duration) time.Duration {
	t.Helper()
	begin := time.Now()
	setPort(t, l, lab.Port2, netlink.LinkSetDown)
	time.Sleep(wait)
	setPort(t, l, lab.Port2, netlink.LinkSetUp)
	return time.Since(begin)
}

func setPort(t *testing.T, l *lab.Lab, name string, set func(netlink.Link) error) {
	t.Helper()
	err := l.In(lab.Wall, func() error {
		port, err := netlink.LinkByName(name)
		if err != nil {
			return err
		}
		return set(port)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestGroup: what a workload's group is stands in the outer frames, on both sides
// of the wall.
func TestGroup(t *testing.T) {
	l := plain(t, lab.Options{GBP: true})
	for _, mark := range []uint32{17, 0xfffe | lab.PolicyApplied, 0} {
		if err := l.SetGroup(lab.Left100, mark); err != nil {
			t.Fatal(err)
		}
		isOurs := func(f []byte) bool {
			v := vxlanOf(f)
			return v != nil && bytes.HasPrefix(v[8:], lab.Right100.MAC()) && [3]byte(v[4:7]) == [3]byte{0, 0, 100}
		}
		c, err := l.Capture(lab.Right, "", isOurs)
		if err != nil {
			t.Fatal(err)
		}
		wantPing(t, l, lab.Ping{From: lab.Left100})
		frames, dropped := c.Stop()
		if len(frames) < 3 || dropped > 0 {
			t.Errorf("%d frames, %d dropped", len(frames), dropped)
		}
		want := []byte{0x88, 0, byte(mark >> 8), byte(mark)}
		if mark&lab.PolicyApplied != 0 {
			want[1] = 0x08
		}
		if mark == 0 {
			want[0] = 0x08
		}
		for _, f := range frames {
			if v := vxlanOf(f.Data); !bytes.Equal(v[:4], want) {
				t.Errorf("mark %#x: header %x, want %x", mark, v[:8], want)
			}
		}
	}
	if err := l.SetGroup(lab.Left, 1); err == nil {
		t.Error("set the group of a VTEP")
	}
}

// TestFramesArriveAsTheyWereSent: raw inner frames, also with VLAN tags, come out
// as they were, and the frames around them are the same on both sides of the wall.
func TestFramesArriveAsTheyWereSent(t *testing.T) {
	l := plain(t, lab.Options{Exact: true})
	const experimental = 0x88b5 // IEEE 802 local experimental EtherType
	tags := map[string][]byte{"untagged": nil, "one tag": {0x81, 0, 0x20, 7}, "QinQ": {0x88, 0xa8, 0, 9, 0x81, 0, 0, 7}}
	var sent [][]byte
	for _, tag := range tags {
		f := slices.Concat(lab.Right200.MAC(), lab.Left200.MAC(), tag, []byte{experimental >> 8, experimental & 0xff})
		sent = append(sent, append(f, bytes.Repeat([]byte{byte(len(f))}, 1490)...))
	}
	isOuter := func(f []byte) bool { return len(vxlanOf(f)) > 1490 }
	isInner := func(f []byte) bool { return len(f) > 1490 }
	captures := map[string]*lab.Capture{
		"left, outer": capture(t, l, lab.Left, isOuter), "right, outer": capture(t, l, lab.Right, isOuter),
		"right, inner": capture(t, l, lab.Right200, isInner),
	}
	if err := l.SendFrames(lab.Left200, "", sent...); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond)
	got := map[string][][]byte{}
	for name, c := range captures {
		frames, _ := c.Stop()
		for _, f := range frames {
			got[name] = append(got[name], f.Data)
			if f.Sent != (name == "left, outer") {
				t.Errorf("%s: sent %v", name, f.Sent)
			}
		}
	}
	if !slices.EqualFunc(got["right, inner"], sent, bytes.Equal) {
		t.Errorf("sent\n%x\ngot\n%x", sent, got["right, inner"])
	}
	if len(got["left, outer"]) != len(sent) || !slices.EqualFunc(got["left, outer"], got["right, outer"], bytes.Equal) {
		t.Errorf("outer frames\n%x\ngot\n%x", got["left, outer"], got["right, outer"])
	}
}

func capture(t *testing.T, l *lab.Lab, p lab.Place, filter func([]byte) bool) *lab.Capture {
	t.Helper()
	c, err := l.Capture(p, "", filter)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestTransferThatFails: without a way there is no connection, and one that is cut
// ends with the context.
func TestTransferThatFails(t *testing.T) {
	l := plain(t, lab.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	got, err := l.Transfer(ctx, lab.Transfer{From: lab.Left100, Bytes: 1 << 40})
	if !errors.Is(err, context.DeadlineExceeded) || !got.Connected || got.Received == 0 || got.Intact() {
		t.Errorf("%v, %v", got, err)
	}
	setPort(t, l, lab.Port1, netlink.LinkSetDown)
	got, err = l.Transfer(t.Context(), lab.Transfer{From: lab.Left200, Timeout: 300 * time.Millisecond})
	if !errors.Is(err, lab.ErrNoAnswer) || got.Connected || got.Received > 0 {
		t.Errorf("%v, %v", got, err)
	}
	pinged, err := l.Ping(t.Context(), lab.Ping{From: lab.Left200, Count: 2, Timeout: 100 * time.Millisecond})
	if err != nil || pinged.Sent != 2 || pinged.Lost() != 2 {
		t.Errorf("%v, %v", pinged, err)
	}
}

func TestPlaces(t *testing.T) {
	for _, p := range lab.Places {
		if parsed, err := lab.ParsePlace(string(p)); err != nil || parsed != p {
			t.Errorf("%s: %v, %v", p, parsed, err)
		}
		if p != lab.Wall && p.VTEP() != lab.Third && (p.Peer() == p || p.Peer().Peer() != p || p.Peer().VTEP() == p.VTEP() || p.Peer().VNI() != p.VNI()) {
			t.Errorf("%s: peer %s", p, p.Peer())
		}
	}
	if _, err := lab.ParsePlace("left300"); err == nil {
		t.Error("parsed left300")
	}
	got := fmt.Sprintln(lab.Left100.Addr(false), lab.Right200.Addr(true), lab.Right.Addr(false), lab.Left.Addr(true),
		lab.Left200.MAC(), lab.Right.MAC(), lab.Workload(lab.Right, 100), lab.Right100.Device(), lab.Left.Device())
	want := "10.0.0.1 fd00::2 192.0.2.2 2001:db8::1 02:00:00:00:00:01 02:00:00:00:ff:02 right100 vx100 eth0\n"
	if got != want {
		t.Errorf("got %swant %s", got, want)
	}
}
