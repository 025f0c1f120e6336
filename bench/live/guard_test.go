package live

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
)

// guarded is a configuration with a guard: the lab's VTEPs and some more may carry
// both VNIs, one carries VNI 200 alone.
func guarded(mode string, more config) config {
	c := config{"guard.mode": mode, "guard.vtep": []map[string]any{
		{"vteps": []string{"192.0.2.0/29", "2001:db8::/125"}},
		{"vni": []int{200}, "vteps": []string{"198.51.100.7"}},
	}}
	for key, value := range more {
		c[key] = value
	}
	return c
}

// spoofed are packets that come from where they must not: by whom they are sent, and
// the reason.
func spoofed(mark pt.Payload) map[string]struct {
	from   lab.Place
	frame  []byte
	reason string
} {
	inner := func(v pt.VXLAN, mac string, layers ...pt.Layer) []byte {
		return pt.Frame(append([]pt.Layer{v, pt.Eth{Src: mac, Dst: lab.Right100.MAC().String()}}, layers...)...)
	}
	own, other := lab.Left100.MAC().String(), "02:00:00:00:00:77"
	ip, udp := pt.IPv4{Src: "10.0.0.7", Dst: "10.0.0.2"}, pt.UDP{Src: 1000, Dst: 2000}
	return map[string]struct {
		from   lab.Place
		frame  []byte
		reason string
	}{
		"a spoofed VTEP":           {lab.Left, inner(pt.VXLAN{VNI: 100, From: "203.0.113.66", To: "192.0.2.2"}, other, ip, udp, mark), "vtep-unknown"},
		"a VNI of the wrong VTEP":  {lab.Left, inner(pt.VXLAN{VNI: 100, From: "198.51.100.7", To: "192.0.2.2"}, other, ip, udp, mark), "vtep-wrong-vni"},
		"a VNI to the wrong VTEP":  {lab.Left, inner(pt.VXLAN{VNI: 100, From: "192.0.2.1", To: "198.51.100.7"}, other, ip, udp, mark), "vtep-wrong-vni"},
		"a duplicate MAC":          {lab.Left, inner(pt.VXLAN{VNI: 100, From: "192.0.2.3", To: "192.0.2.2"}, own, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark), "mac-moved"},
		"a false ARP":              {lab.Left, inner(pt.VXLAN{VNI: 100, From: "192.0.2.1", To: "192.0.2.2"}, other, pt.ARP{Sender: "10.0.0.1", MAC: other}, mark), "address-moved"},
		"a false sender's address": {lab.Left, inner(pt.VXLAN{VNI: 100, From: "192.0.2.1", To: "192.0.2.2"}, other, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark), "address-moved"},
		"a nested tunnel": {lab.Left, inner(pt.VXLAN{VNI: 100, From: "192.0.2.1", To: "192.0.2.2"}, other, ip, pt.UDP{Src: 5000, Dst: 4789},
			pt.VXLANHeader{VNI: 200}, pt.Eth{}, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark), "nested-tunnel"},
		"a packet that comes back": {lab.Right, inner(pt.VXLAN{VNI: 100, From: "192.0.2.1", To: "192.0.2.2"}, own, pt.IPv4{Src: "10.0.0.1", Dst: "10.0.0.2"}, udp, mark), "vtep-both-ports"},
	}
}

// TestSpoofed: what comes from where it must not is dropped with its reason, or
// passes and is reported with it.
func TestSpoofed(t *testing.T) {
	for _, mode := range []string{"enforce", "learn"} {
		w := start(t, lab.Options{}, allowBoth, guarded(mode, config{"guard.report_every": "1s"}))
		for name, c := range spoofed("vxwall-guard-mark") {
			t.Run(mode+": "+name, func(t *testing.T) {
				w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1}) // both are heard where they are
				before := w.guardCount(t, mode, c.reason)
				far := c.from.Peer()
				capture, err := w.Capture(far, "", func(f []byte) bool { return bytes.Contains(f, []byte("vxwall-guard-mark")) })
				if err != nil {
					t.Fatal(err)
				}
				if err := w.SendFrames(c.from, "", c.frame); err != nil {
					t.Fatal(err)
				}
				eventually(t, c.reason+" counted", func() bool { return w.guardCount(t, mode, c.reason) > before })
				time.Sleep(50 * time.Millisecond)
				frames, _ := capture.Stop()
				if passed := len(frames) > 0; passed != (mode == "learn") {
					t.Errorf("%d frames on the far side", len(frames))
				}
				eventually(t, "event", func() bool {
					return w.guardEvent(t, c.reason, map[string]string{"enforce": "refused", "learn": "reported"}[mode])
				})
			})
		}
		w.wantTransfer(t, lab.Transfer{From: lab.Left100, Bytes: 1 << 20})
		w.balanced(t)
		if s := w.status(t); !strings.Contains(strings.Join(s.Attention, "\n"), "by the guard") {
			t.Errorf("%s: attention %q", mode, s.Attention)
		}
	}
}

// guardCount is how many packets the guard dropped, or only reported, for a reason.
func (w *wall) guardCount(t *testing.T, mode, reason string) uint64 {
	t.Helper()
	s := w.status(t)
	counts := s.Packets.DroppedBy
	if mode == "learn" {
		counts = s.Guard.SuspectBy
	}
	for _, c := range counts {
		if c.Reason == reason && (mode == "learn" || c.Stage == "guard") {
			return c.Packets
		}
	}
	return 0
}

// guardEvent says whether the log has an event of the guard.
func (w *wall) guardEvent(t *testing.T, kind, action string) bool {
	t.Helper()
	text, err := os.ReadFile(w.EVE())
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Contains(text, fmt.Appendf(nil, `"guard":{"kind":"%s","action":"%s"`, kind, action))
}

// TestMigration: two workloads change places, with their MAC and IP addresses. Both
// are believed after a second of silence, once nothing of theirs is left in the
// kernel, and reported.
func TestMigration(t *testing.T) {
	for _, offload := range []bool{true, false} {
		t.Run(fmt.Sprint("offload ", offload), func(t *testing.T) {
			w := start(t, lab.Options{}, allowBoth, guarded("enforce", config{"datapath.offload": offload}))
			s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Rate: 500, Echo: true})
			if offload {
				eventually(t, "offloaded flow", func() bool { return w.flow7000(t).Forth.Offloaded })
			}
			s.Stop()
			begin := time.Now()
			w.become(t, lab.Left100, lab.Right100)
			w.become(t, lab.Right100, lab.Left100)
			w.awaitAnswer(t)
			took := time.Since(begin)
			t.Logf("the first answer came after %v", took)
			if took > 4*time.Second {
				t.Errorf("it took %v", took)
			}
			status := w.status(t)
			if status.Guard.Moves < 2 {
				t.Errorf("%+v", status.Guard)
			}
			eventually(t, "event", func() bool { return w.guardEvent(t, "mac-moved", "accepted") })
			w.wantVTEP(t, lab.Right100.MAC().String(), "192.0.2.1")
			w.wantVTEP(t, lab.Left100.MAC().String(), "192.0.2.2")
		})
	}
}

// awaitAnswer waits until two workloads that have changed places speak to each other.
func (w *wall) awaitAnswer(t *testing.T) {
	t.Helper()
	var server, client *net.UDPConn
	right := &net.UDPAddr{IP: lab.Left100.Addr4().AsSlice(), Port: 7777}
	left := &net.UDPAddr{IP: lab.Right100.Addr4().AsSlice(), Port: 7778}
	err := errors.Join(
		w.In(lab.Right100, func() (err error) { server, err = net.ListenUDP("udp4", right); return err }),
		w.In(lab.Left100, func() (err error) { client, err = net.DialUDP("udp4", left, right); return err }))
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	defer client.Close()
	go func() {
		b := make([]byte, 64)
		for {
			n, from, err := server.ReadFrom(b)
			if err != nil {
				return
			}
			_, _ = server.WriteTo(b[:n], from)
		}
	}()
	eventually(t, "answer from the new places", func() bool {
		_, _ = client.Write([]byte("here?")) // nobody may be there yet
		_ = client.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		_, err := client.Read(make([]byte, 64))
		return err == nil
	})
}

// become gives a workload the addresses that another one has.
func (w *wall) become(t *testing.T, p, other lab.Place) {
	t.Helper()
	err := w.In(p, func() error {
		link, err := netlink.LinkByName(p.Device())
		if err != nil {
			return err
		}
		addrs, err := netlink.AddrList(link, netlink.FAMILY_V4)
		if err != nil {
			return err
		}
		for i := range addrs {
			if err := netlink.AddrDel(link, &addrs[i]); err != nil {
				return err
			}
		}
		if err := netlink.LinkSetHardwareAddr(link, other.MAC()); err != nil {
			return err
		}
		addr, err := netlink.ParseAddr(other.Addr4().String() + "/24")
		if err != nil {
			return err
		}
		return netlink.AddrAdd(link, addr)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func (w *wall) wantVTEP(t *testing.T, mac, vtep string) {
	t.Helper()
	vni := uint32(100)
	b, err := w.admin.Bindings(t.Context(), &admin.BindingQuery{VNI: &vni, Host: mac})
	if err != nil || len(b.Bindings) != 1 || b.Bindings[0].VTEP != vtep {
		t.Errorf("%s is not behind %s: %+v, %v", mac, vtep, b, err)
	}
}

// TestTakeover: somebody claims the MAC address of a workload whose flows the kernel
// handles, so that vxwall does not hear it. The claim is refused, and the flow does
// not suffer.
func TestTakeover(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, guarded("enforce", nil))
	s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Rate: 2000, Echo: true})
	eventually(t, "offloaded flow", func() bool { f := w.flow7000(t); return f.Forth.Offloaded && f.Back.Offloaded })
	time.Sleep(1500 * time.Millisecond) // of silence, if one does not look into the kernel
	claim := spoofed("claim")["a duplicate MAC"]
	for range 30 {
		if err := w.SendFrames(claim.from, "", claim.frame); err != nil {
			t.Fatal(err)
		}
		time.Sleep(100 * time.Millisecond)
	}
	r := s.Stop()
	t.Log(r)
	if r.Lost() > 0 || r.Echoed != r.Sent {
		t.Errorf("%v, %d echoed", r, r.Echoed)
	}
	if n := w.guardCount(t, "enforce", "mac-moved"); n != 30 {
		t.Errorf("%d claims refused, of 30", n)
	}
	w.wantVTEP(t, lab.Left100.MAC().String(), "192.0.2.1")
}

// TestForget: a binding that was forgotten binds nobody.
func TestForget(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, guarded("enforce", nil))
	w.wantPing(t, lab.Ping{From: lab.Left100, Count: 1})
	mac := lab.Left100.MAC().String()
	w.wantVTEP(t, mac, "192.0.2.1")
	vni := uint32(100)
	f, err := w.admin.Forget(t.Context(), &admin.BindingQuery{VNI: &vni, Host: mac})
	if err != nil || f.Forgotten < 2 {
		t.Fatalf("%+v, %v", f, err)
	}
	claim := spoofed("claim")["a duplicate MAC"]
	if err := w.SendFrames(claim.from, "", claim.frame); err != nil {
		t.Fatal(err)
	}
	eventually(t, "another binding", func() bool {
		b, err := w.admin.Bindings(t.Context(), &admin.BindingQuery{VNI: &vni, Host: mac})
		return err == nil && len(b.Bindings) == 1 && b.Bindings[0].VTEP == "192.0.2.3"
	})
}
