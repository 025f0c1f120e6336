package afxdp

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

func pinned(t testing.TB) (*vethtest.Wire, *Config) {
	t.Helper()
	w, cfg := wired(t, vethtest.Config{})
	cfg.Pin = bpffs(t)
	return w, cfg
}

// linkID returns the id of the link pinned for a port.
func linkID(t testing.TB, cfg *Config, port int) link.ID {
	t.Helper()
	n, err := pinOf(cfg.Pin, cfg.Ports[port])
	check(t, err)
	l, err := link.LoadPinnedLink(n.link(), nil)
	check(t, err)
	defer l.Close()
	info, err := l.Info()
	check(t, err)
	return info.ID
}

// entries returns how many directories are below the pin.
func entries(t testing.TB, cfg *Config) int {
	t.Helper()
	dirs, err := os.ReadDir(cfg.Pin)
	check(t, err)
	return len(dirs)
}

// The wire outlives the process, is taken over as it is, and ends by Detach.
func TestPin(t *testing.T) {
	for _, mode := range []Mode{Native, Generic} {
		t.Run(mode.String(), func(t *testing.T) {
			w, cfg := pinned(t)
			first := load(t, cfg)
			attachBoth(t, first, w, mode, mode)
			id := linkID(t, cfg, 0)
			crossing(t, w, 0, crossers())
			check(t, first.close())
			crossing(t, w, 0, crossers())

			second := load(t, cfg)
			attachBoth(t, second, w, Auto, mode)
			if now := linkID(t, cfg, 0); now != id {
				t.Errorf("link %d became %d", id, now)
			}
			crossing(t, w, 0, crossers())
			crossing(t, w, 1, crossers())
			k, err := second.kernel()
			check(t, err)
			n := uint64(len(crossers()) - 1)
			if a, b := k.Relayed[0][pipeline.NotVXLAN].Packets, k.Relayed[1][pipeline.NotVXLAN].Packets; a != 3*n || b != n {
				t.Errorf("%d and %d counted, want %d and %d", a, b, 3*n, n)
			}
			check(t, Detach(cfg.Pin, cfg.Ports[:]...))
			check(t, Detach(cfg.Pin, cfg.Ports[:]...))
			if attached(t, w.Index[0]) != 0 || attached(t, w.Index[1]) != 0 || entries(t, cfg) != 0 {
				t.Error("still attached after Detach")
			}
		})
	}
}

// numbered are frames that no one takes for VXLAN, each with its number.
func numbered(i int) []byte {
	return pt.Frame(pt.Eth{}, pt.IPv4{}, dns, pt.Bytes(binary.BigEndian.AppendUint32([]byte("number  "), uint32(i))))
}

// No frame is lost while one process takes over from another, again and again.
func TestTakeOverUnderTraffic(t *testing.T) {
	const takeOvers = 20
	w, cfg := pinned(t)
	attachBoth(t, load(t, cfg), w, Auto, Native)
	stop, sent := make(chan struct{}), make(chan int)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				sent <- i
				return
			default:
				w.Ends[0].Send(numbered(i))
				if i%16 == 0 { // no more than the far end can keep
					time.Sleep(time.Millisecond)
				}
			}
		}
	}()
	for range takeOvers {
		time.Sleep(20 * time.Millisecond)
		attachBoth(t, load(t, cfg), w, Auto, Native)
	}
	close(stop)
	n := <-sent
	got := w.Ends[1].Received(n, 10*time.Second)
	if len(got) != n || n < takeOvers {
		t.Errorf("%d of %d frames crossed during %d take-overs", len(got), n, takeOvers)
	}
	for i, frame := range got {
		if number := binary.BigEndian.Uint32(frame[len(frame)-4:]); int(number) != i {
			t.Fatalf("frame %d is number %d", i, number)
		}
	}
	k, err := func() (Kernel, error) { p := load(t, cfg); return p.kernel() }()
	check(t, err)
	if counted := k.Relayed[0][pipeline.NotVXLAN].Packets; counted != uint64(n) {
		t.Errorf("%d frames counted of %d", counted, n)
	}
	t.Logf("%d frames during %d take-overs", n, takeOvers)
}

// A mode that is asked for wins over the one that is there.
func TestTakeOverChangesMode(t *testing.T) {
	w, cfg := pinned(t)
	attachBoth(t, load(t, cfg), w, Generic, Generic)
	p := load(t, cfg)
	attachBoth(t, p, w, Native, Native)
	crossing(t, w, 0, crossers())
	check(t, p.close())
	crossing(t, w, 0, crossers())
	if n := entries(t, cfg); n != 2 {
		t.Errorf("%d pins", n)
	}
}

// What a deleted interface left behind is no obstacle, and goes.
func TestStalePin(t *testing.T) {
	w, cfg := pinned(t)
	first := load(t, cfg)
	attachBoth(t, first, w, Auto, Native)
	check(t, first.close())
	recreate(t, w, cfg.Ports[0])
	attachOtherEnd(t)
	p := load(t, cfg)
	attachBoth(t, p, w, Auto, Native)
	check(t, p.close())
	if attached(t, w.Index[0]) == 0 || entries(t, cfg) != 2 {
		t.Errorf("not attached, or %d pins", entries(t, cfg))
	}
}

// recreate deletes a port of a wire and makes it again.
func recreate(t *testing.T, w *vethtest.Wire, name string) {
	t.Helper()
	old, err := netlink.LinkByName(name)
	check(t, err)
	check(t, netlink.LinkDel(old))
	attrs := netlink.NewLinkAttrs()
	attrs.Name = name
	check(t, netlink.LinkAdd(&netlink.Veth{LinkAttrs: attrs, PeerName: "end0"}))
	dev, err := netlink.LinkByName(name)
	check(t, err)
	check(t, netlink.LinkSetUp(dev))
	w.Index[0] = dev.Attrs().Index
}

func attachOtherEnd(t *testing.T) {
	t.Helper()
	end, err := netlink.LinkByName("end0")
	check(t, err)
	check(t, netlink.LinkSetUp(end))
	attachOther(t, end.Attrs().Index)
}

// An interface keeps its program when it is renamed, even to a name with a dot
// or to that which the other port had.
func TestRenamedPorts(t *testing.T) {
	w, cfg := pinned(t)
	first := load(t, cfg)
	attachBoth(t, first, w, Auto, Native)
	check(t, first.close())
	for _, names := range [][2]string{{"port0", "x"}, {"port1", "port0"}, {"x", "a.100"}} {
		dev, err := netlink.LinkByName(names[0])
		check(t, err)
		check(t, netlink.LinkSetDown(dev))
		check(t, netlink.LinkSetName(dev, names[1]))
		check(t, netlink.LinkSetUp(dev))
	}
	before := [2]uint32{attached(t, w.Index[0]), attached(t, w.Index[1])}
	cfg.Ports = [2]string{"a.100", "port0"}
	p := load(t, cfg)
	attachBoth(t, p, w, Auto, Native)
	crossing(t, w, 0, crossers())
	crossing(t, w, 1, crossers())
	after := [2]uint32{attached(t, w.Index[0]), attached(t, w.Index[1])}
	if before[0] == after[0] || before[1] == after[1] || entries(t, cfg) != 2 {
		t.Errorf("programs %v, before %v; %d pins", after, before, entries(t, cfg))
	}
	if _, err := os.Stat(filepath.Join(cfg.Pin, "x")); err == nil {
		t.Error("pin of the old name")
	}
	check(t, Detach(cfg.Pin, cfg.Ports[:]...))
	if attached(t, w.Index[0]) != 0 || attached(t, w.Index[1]) != 0 || entries(t, cfg) != 0 {
		t.Error("still attached after Detach")
	}
}

// Counters of another layout are not taken for ours.
func TestCountersOfOthers(t *testing.T) {
	w, cfg := pinned(t)
	first := load(t, cfg)
	attachBoth(t, first, w, Auto, Native)
	check(t, first.close())
	n, err := pinOf(cfg.Pin, cfg.Ports[0])
	check(t, err)
	check(t, os.Remove(n.counters()))
	other, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	check(t, err)
	defer other.Close()
	check(t, other.Pin(n.counters()))
	for range 2 {
		p := load(t, cfg)
		attachBoth(t, p, w, Auto, Native)
		crossing(t, w, 0, crossers())
		check(t, p.close())
	}
	p := load(t, cfg)
	k, err := p.kernel()
	check(t, err)
	if got, want := k.Relayed[0][pipeline.NotVXLAN].Packets, uint64(2*(len(crossers())-1)); got != want {
		t.Errorf("%d frames counted, want %d", got, want)
	}
}

// TestDetachSaysWhatIsLeft: what was not detached is not called so.
func TestDetachSaysWhatIsLeft(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	cfg := testConfig(w)
	cfg.Pin = bpffs(t)
	l, err := Open(cfg)
	check(t, err)
	if err := Detach(t.TempDir(), w.Ports[0]); err == nil || !strings.Contains(err.Error(), "not pinned below") {
		t.Errorf("another directory: %v", err)
	}
	if err := Detach(cfg.Pin, "eth7"); err == nil || !strings.Contains(err.Error(), "no such interface") {
		t.Errorf("no interface: %v", err)
	}
	check(t, l.Close())
	check(t, Detach(cfg.Pin, w.Ports[:]...))
	check(t, Detach(cfg.Pin, w.Ports[:]...)) // nothing is left to detach
}
