package afxdp

import (
	"strings"
	"testing"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/vethtest"
)

// TestExamine: what is said of a port is what the kernel does with it.
func TestExamine(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{3, 1}})
	f, err := Examine(w.Ports[0], "")
	check(t, err)
	if f.Kind != "veth" || f.Driver != "veth" || !f.Up || !f.Carrier || !f.Ethernet || f.Channels.Receive() != 3 || f.Program != 0 || len(f.Problems) != 0 {
		t.Errorf("%+v", f)
	}
	if !f.XDP.Known || !f.XDP.Native || f.XDP.TakesFrames || f.XDP.ZeroCopy {
		t.Errorf("features of a veth whose other end has no NAPI: %+v", f.XDP)
	}
	attachOther(t, w.Ends[0].Index)
	if f, err = Examine(w.Ports[0], ""); err != nil || !f.XDP.TakesFrames {
		t.Errorf("features of a veth whose other end has NAPI: %+v %v", f.XDP, err)
	}
	attachOther(t, w.Index[0])
	if f, err = Examine(w.Ports[0], ""); err != nil || f.Program == 0 || f.Running != Native || f.Ours || len(f.Problems) != 1 || !strings.HasPrefix(f.Problems[0].Command(), "bpftool link detach id ") {
		t.Errorf("a port with a program: %+v %v", f, err)
	}
	if _, err := Examine("nowhere", ""); err == nil || !strings.Contains(err.Error(), "no such interface") {
		t.Error(err)
	}
}

// TestExamineOurs: what vxwall left on its ports is no program of somebody else.
func TestExamineOurs(t *testing.T) {
	w, cfg := pinned(t)
	attachBoth(t, load(t, cfg), w, Generic, Generic)
	f, err := Examine(w.Ports[1], cfg.Pin)
	if err != nil || !f.Ours || f.Program == 0 || f.Running != Generic || len(f.Problems) != 0 {
		t.Errorf("%+v %v", f, err)
	}
}

// TestExamineListsAll: Open stops at the first problem, who mends wants all.
func TestExamineListsAll(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{1, 65}, MTU: 9000})
	vethtest.SetDown(t, w.Ports[1], true)
	f, err := Examine(w.Ports[1], "")
	check(t, err)
	var commands []string
	for _, p := range f.Problems {
		commands = append(commands, p.Command())
	}
	want := "ip link set dev port1 up; ip link set dev port1 mtu 3498; ethtool -L port1 rx 64"
	if got := strings.Join(commands, "; "); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestOffloadsOf(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	check(t, err)
	defer unix.Close(fd)
	if o := OffloadsOf(fd, w.Ports[0]); !o.TxChecksum || !o.TSO || !o.GSO || o.GRO || o.LRO {
		t.Errorf("%+v", o)
	}
	if o := OffloadsOf(fd, "nowhere"); o != (Offloads{}) {
		t.Errorf("%+v", o)
	}
}

// TestFeaturesOfOthers: a bridge has no native XDP.
func TestFeaturesOfOthers(t *testing.T) {
	vethtest.New(t, vethtest.Config{})
	attrs := netlink.NewLinkAttrs()
	attrs.Name = "bridge0"
	check(t, netlink.LinkAdd(&netlink.Bridge{LinkAttrs: attrs}))
	f, err := Examine("bridge0", "")
	if err != nil || f.Kind != "bridge" || !f.XDP.Known || f.XDP.Native {
		t.Errorf("%+v %v", f, err)
	}
	if lo, err := Examine("lo", ""); err != nil || lo.Ethernet {
		t.Errorf("%+v %v", lo, err)
	}
}

// TestMemory: what is computed without opening is what is taken.
func TestMemory(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{Queues: [2]int{2, 1}})
	cfg := testConfig(w)
	var ports []PortFacts
	for _, name := range w.Ports {
		f, err := Examine(name, "")
		check(t, err)
		ports = append(ports, f)
	}
	l, err := Open(cfg)
	check(t, err)
	defer l.Close()
	s, err := l.Status()
	check(t, err)
	if got, want := cfg.Memory(ports), s.Frames.Total*s.Frames.Size; got != want || want == 0 {
		t.Errorf("%d bytes, %d are taken", got, want)
	}
}
