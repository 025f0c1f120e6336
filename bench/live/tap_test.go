package live

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
	"vxwall/pipeline/pipelinetest"
)

// Names of the cable between a mirror, in a VTEP's namespace, and the tap, in the
// wall's, and the tap's own address.
const (
	mirrorPort = "mirror0"
	tapAddress = "198.51.100.1"
)

func tapPort(vtep lab.Place) string { return "tap-" + string(vtep) }

// allowRed lets VNI 100 speak, and nobody in VNI 200.
const allowRed = segments + `
[[acl]]
name   = "red-to-red"
from   = ["red"]
to     = ["red"]
action = "allow"
`

// Directions of a VTEP's port that a mirror copies.
var bothWays = []string{"ingress", "egress"}

// startTap builds a lab whose wall forwards without vxwall, and vxwall in it as a tap
// that gets copies of what passes the ports of some VTEPs.
func startTap(t *testing.T, o lab.Options, policy string, mirrors map[lab.Place][]string) *wall {
	t.Helper()
	o.Exact = true
	l := labtest.ForTest(t, o)
	if _, err := l.Plain(); err != nil {
		t.Fatal(err)
	}
	var ports []string
	for _, vtep := range []lab.Place{lab.Left, lab.Right} {
		if ways, ok := mirrors[vtep]; ok {
			mirror(t, l, vtep, ways)
			ports = append(ports, tapPort(vtep))
		}
	}
	a := labtest.Start(t, l, lab.Setup{Binary: vxwall, Policy: policy, Config: config{
		"datapath.mode": "tap", "datapath.ports": ports,
	}})
	return &wall{l, a, admin.NewClient(l.Socket())}
}

// mirror makes the cable of a VTEP's mirror, and has the kernel copy frames there.
func mirror(t *testing.T, l *lab.Lab, vtep lab.Place, ways []string) {
	t.Helper()
	tap := tapPort(vtep)
	at := func(p lab.Place, commands string) {
		t.Helper()
		if out, err := l.Command(t.Context(), p, "sh", "-e", "-c", commands).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s: %s", err, commands, out)
		}
	}
	at(lab.Wall, fmt.Sprintf("ip link add %s type veth peer name %s netns %s; ip link set %s up", tap, mirrorPort, l.Namespace(vtep), tap))
	at(vtep, fmt.Sprintf("ethtool -K %s tx off gso off tso off >/dev/null; ip link set %s up; tc qdisc add dev %s clsact", mirrorPort, mirrorPort, lab.VTEPPort))
	if vtep == lab.Left {
		at(lab.Wall, "ip addr add "+tapAddress+"/24 dev "+tap)
		at(lab.Left, "ip addr add 198.51.100.2/24 dev "+mirrorPort)
	}
	for _, way := range ways {
		at(vtep, fmt.Sprintf("tc filter add dev %s %s protocol all u32 match u32 0 0 action mirred egress mirror dev %s", lab.VTEPPort, way, mirrorPort))
	}
}

// both is traffic in both VNIs: ping, and a connection.
func (w *wall) both(t *testing.T, six bool) {
	t.Helper()
	for _, from := range []lab.Place{lab.Left100, lab.Right200} {
		w.wantPing(t, lab.Ping{From: from, Six: six})
		w.wantTransfer(t, lab.Transfer{From: from, Six: six, Bytes: 1 << 20})
	}
}

// wantReports checks that what the policy denies is reported, of VNI 200 alone and as
// what would have been done, and that nothing was sent.
func (w *wall) wantReports(t *testing.T) admin.Status {
	t.Helper()
	time.Sleep(200 * time.Millisecond) // until the worker shows its counters
	s := w.balanced(t)
	if s.Mode != "tap" || s.Packets.Dropped.Packets > 0 || s.Packets.Answers > 0 || s.Kernel.Forwarded.Packets > 0 {
		t.Errorf("%s: %d dropped, %d answers, %d offloaded", s.Mode, s.Packets.Dropped.Packets, s.Packets.Answers, s.Kernel.Forwarded.Packets)
	}
	for _, c := range s.Packets.MonitoredBy {
		if c.Reason != "segment-denied" {
			t.Errorf("%d packets would be dropped for %s", c.Packets, c.Reason)
		}
	}
	if len(s.Packets.MonitoredBy) == 0 {
		t.Error("nothing would be dropped")
	}
	for _, r := range s.Rings {
		if r.Sent > 0 {
			t.Errorf("%d frames sent by %s", r.Sent, r.Port)
		}
	}
	w.wantEvents(t)
	return s
}

// wantEvents checks the events: VNI 200 alone is denied, and passes.
func (w *wall) wantEvents(t *testing.T) {
	t.Helper()
	denied := 0
	eventually(t, "event", func() bool {
		text, err := os.ReadFile(w.EVE())
		if err != nil {
			t.Fatal(err)
		}
		denied = 0
		for line := range strings.Lines(string(text)) {
			var e struct {
				Type    string `json:"event_type"`
				VNI     int    `json:"vni"`
				Verdict struct {
					Action  string
					Monitor bool
				}
			}
			if json.Unmarshal([]byte(line), &e) != nil || e.Type != "drop" {
				continue
			}
			denied++
			if strings.Contains(line, `"vni":100`) || e.Verdict.Action != "pass" || !e.Verdict.Monitor {
				t.Fatalf("event %s", line)
			}
		}
		return denied > 0
	})
}

// TestTap: copies of the traffic of two kernel VTEPs are judged, over both underlays, and
// of both VNIs with the same addresses each as its own policy says. Nothing leaves
// the tap, and its own address answers.
func TestTap(t *testing.T) {
	for name, o := range map[string]lab.Options{"IPv4": {}, "IPv6": {Underlay: lab.IPv6}} {
		t.Run(name, func(t *testing.T) {
			w := startTap(t, o, allowRed, map[lab.Place][]string{lab.Left: bothWays})
			sniff, err := w.Capture(lab.Left, mirrorPort, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, six := range families {
				w.both(t, six)
			}
			w.wantPing(t, lab.Ping{From: lab.Left200, Size: 4000}) // fragments
			w.kernelAnswers(t)
			w.wantReports(t)
			if f, found := w.flow(t, admin.FlowQuery{Proto: "tcp", Rule: "red-to-red"}); !found || f.State == "new" || f.Back.Packets == 0 || f.Midstream {
				t.Errorf("%+v, found %v", f, found)
			}
			onlyKernel(t, sniff)
		})
	}
}

// kernelAnswers says that what is no VXLAN reaches the kernel.
func (w *wall) kernelAnswers(t *testing.T) {
	t.Helper()
	if out, err := w.Command(t.Context(), lab.Left, "ping", "-c", "3", "-i", "0.2", "-W", "2", tapAddress).CombinedOutput(); err != nil {
		t.Errorf("the tap's own address: %v: %s", err, out)
	}
}

// onlyKernel checks that all that came out of a tap is the kernel's: answers to ARP
// and ping, and what it says of itself over IPv6.
func onlyKernel(t *testing.T, sniff *lab.Capture) {
	t.Helper()
	frames, lost := sniff.Stop()
	answered := 0
	for _, f := range frames {
		if f.Sent {
			continue
		}
		arp := f.Data[12] == 8 && f.Data[13] == 6
		ping := f.Data[12] == 8 && f.Data[13] == 0 && f.Data[23] == syscall.IPPROTO_ICMP && f.Data[34] == 0
		six := f.Data[12] == 0x86 && f.Data[13] == 0xdd && (f.Data[20] == 0 || f.Data[20] == syscall.IPPROTO_ICMPV6)
		if ping {
			answered++
		}
		if !arp && !ping && !six {
			t.Errorf("the tap sent %x", f.Data)
		}
	}
	if answered == 0 || lost > 0 {
		t.Errorf("%d answers of the kernel seen, %d frames lost", answered, lost)
	}
}

// TestTapOneWay: of each conversation one direction is mirrored.
func TestTapOneWay(t *testing.T) {
	for _, way := range bothWays {
		t.Run(way, func(t *testing.T) {
			w := startTap(t, lab.Options{}, allowRed, map[lab.Place][]string{lab.Left: {way}})
			w.both(t, false)
			w.wantReports(t)
			f, found := w.flow(t, admin.FlowQuery{Proto: "tcp", Rule: "red-to-red"})
			if !found || f.State == "new" || f.DstPort != 5201 || (f.Forth.Packets == 0) == (f.Back.Packets == 0) {
				t.Errorf("%+v, found %v", f, found)
			}
		})
	}
}

// TestTapTwice: both ends are mirrored, so each packet comes twice.
func TestTapTwice(t *testing.T) {
	w := startTap(t, lab.Options{}, allowRed, map[lab.Place][]string{lab.Left: bothWays, lab.Right: bothWays})
	w.both(t, false)
	s := w.wantReports(t)
	half := s.Packets.Received.Packets / 2
	if d := s.Packets.Duplicates; d < half*9/10 || d > half*11/10 {
		t.Errorf("%d duplicates of %d packets", d, s.Packets.Received.Packets)
	}
	f, found := w.flow(t, admin.FlowQuery{Proto: "tcp", Rule: "red-to-red"})
	if !found || f.Midstream {
		t.Errorf("%+v, found %v", f, found)
	}
}

// copy sends frames to the tap, changed.
func (w *wall) copy(t *testing.T, captured []lab.Frame, change func([]byte) []byte) {
	t.Helper()
	for part := range slices.Chunk(captured, 256) { // less than the tap's ring
		var frames [][]byte
		for _, f := range part {
			frames = append(frames, change(f.Data))
		}
		if err := w.SendFrames(lab.Left, mirrorPort, frames...); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// TestTapCut: copies of 96 bytes, of which the outer headers take half, are judged
// like whole ones; over IPv6 not even ports are left.
func TestTapCut(t *testing.T) {
	for name, o := range map[string]lab.Options{"IPv4": {}, "IPv6": {Underlay: lab.IPv6}} {
		t.Run(name, func(t *testing.T) {
			w := startTap(t, o, allowRed, map[lab.Place][]string{lab.Left: nil})
			wire, err := w.Capture(lab.Left, "", nil)
			if err != nil {
				t.Fatal(err)
			}
			w.both(t, false)
			captured, _ := wire.Stop()
			w.copy(t, captured, func(frame []byte) []byte { return frame[:min(96, len(frame))] })
			if name == "IPv6" {
				s := w.balanced(t)
				if u := s.Packets.UninspectedBy; len(u) != 1 || u[0].Reason != "inner-truncated" || s.Packets.Truncated == 0 {
					t.Errorf("%+v, %d cut", u, s.Packets.Truncated)
				}
				return
			}
			if s := w.wantReports(t); s.Packets.Truncated < 1000 || len(s.Packets.UninspectedBy) > 0 {
				t.Errorf("%d cut, uninspected %+v", s.Packets.Truncated, s.Packets.UninspectedBy)
			}
			for _, rule := range []string{"red-to-red", "default"} {
				if f, found := w.flow(t, admin.FlowQuery{Proto: "tcp", Rule: rule}); !found || f.DstPort != 5201 {
					t.Errorf("%s: %+v, found %v", rule, f, found)
				}
			}
		})
	}
}

// TestTapLabels: groups and inner VLAN tags of copies.
func TestTapLabels(t *testing.T) {
	const policy = `
[policy]
default = "deny"

[control]
multicast = "allow"

[[segment]]
name  = "staff"
group = [17]

[[segment]]
name = "all"
vni  = [100, 200]

[[acl]]
name   = "staff-speaks"
from   = ["staff"]
to     = ["all"]
action = "allow"
`
	w := startTap(t, lab.Options{GBP: true}, policy, map[lab.Place][]string{lab.Left: bothWays})
	if err := w.SetGroup(lab.Left100, 17); err != nil {
		t.Fatal(err)
	}
	w.both(t, false)
	if err := w.SendFrames(lab.Left100, "", tagged()...); err != nil {
		t.Fatal(err)
	}
	w.wantReports(t)
	if f, found := w.flow(t, admin.FlowQuery{Proto: "tcp", Rule: "staff-speaks"}); !found || f.VNI != 100 || f.Forth.Group != 17 {
		t.Errorf("%+v, found %v", f, found)
	}
	for _, vlan := range []string{"7", "8.9"} {
		got, err := w.admin.Flows(t.Context(), &admin.FlowQuery{Proto: "udp", Rule: "staff-speaks"})
		found := false
		for _, f := range got.Flows {
			found = found || f.VLAN == vlan
		}
		if err != nil || !found {
			t.Errorf("no flow with VLAN %s: %+v, %v", vlan, got.Flows, err)
		}
	}
}

// TestTapUnwrap: copies of the underlay come in a mirror's own VXLAN.
func TestTapUnwrap(t *testing.T) {
	w := startTap(t, lab.Options{}, allowRed, map[lab.Place][]string{lab.Left: nil})
	wire, err := w.Capture(lab.Left, "", func(f []byte) bool { return vxlan(f) != nil })
	if err != nil {
		t.Fatal(err)
	}
	w.both(t, false)
	captured, _ := wire.Stop()
	if err := w.Stop(); err != nil {
		t.Fatal(err)
	}
	a := labtest.Start(t, w.Lab, lab.Setup{Binary: vxwall, Policy: allowRed, Config: config{
		"datapath.mode": "tap", "datapath.ports": []string{tapPort(lab.Left)}, "tap.unwrap": true, "tap.mirror_vni": []any{9001},
	}})
	w.Appliance = a
	w.copy(t, captured, func(frame []byte) []byte {
		whole := min(1400, len(frame)) // there is no room around a larger one
		return pipelinetest.Frame(pipelinetest.VXLAN{VNI: 9001}, pipelinetest.Bytes(frame[:whole]))
	})
	if s := w.wantReports(t); s.Packets.Unwrapped != s.Packets.Received.Packets {
		t.Errorf("%d of %d unwrapped", s.Packets.Unwrapped, s.Packets.Received.Packets)
	}
}

// TestTapKill: while it is dead its port is the kernel's, and after a restart it goes
// on with what it finds.
func TestTapKill(t *testing.T) {
	w := startTap(t, lab.Options{}, allowRed, map[lab.Place][]string{lab.Left: bothWays})
	s := w.stream(t, lab.Stream{From: lab.Left200, Rate: 1000, Echo: true})
	time.Sleep(200 * time.Millisecond)
	if err := w.Kill(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	w.kernelAnswers(t)
	if err := w.Restart(t.Context()); err != nil {
		t.Fatal(err)
	}
	w.kernelAnswers(t)
	if r := s.Stop(); r.Lost() > 0 {
		t.Errorf("the traffic itself suffers: %v", r)
	}
	status := w.wantReports(t)
	if n := len(status.Kernel.RelayedBy); n == 0 {
		t.Error("what came while it was dead is not counted")
	}
}
