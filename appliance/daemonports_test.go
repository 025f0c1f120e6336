package appliance

import (
	"fmt"
	"strings"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"

	"vxwall/appliance/link/afxdp"
	"vxwall/appliance/link/afxdp/vethtest"
)

// passAll attaches a program to an interface that passes every frame.
func passAll(t *testing.T, index int) link.Link {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()}, // XDP_PASS
	})
	if err != nil {
		t.Fatal(err)
	}
	defer program.Close()
	l, err := link.AttachXDP(link.XDPOptions{Program: program, Interface: index})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestPortWatch looks at ports that something happens to.
func TestPortWatch(t *testing.T) {
	wire := vethtest.New(t, vethtest.Config{})
	var status [2]afxdp.PortStatus
	var programs [2]link.Link
	for i := range status {
		status[i] = afxdp.PortStatus{Name: wire.Ports[i], Index: wire.Index[i]}
		programs[i] = passAll(t, wire.Index[i])
	}
	w, err := watchPorts(status)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	want := func(trouble, gone string) {
		t.Helper()
		list, err := w.check()
		if got := strings.Join(list, "; "); got != trouble || fmt.Sprint(err) != gone {
			t.Errorf("%q, %v; want %q, %s", got, err, trouble, gone)
		}
	}
	want("", "<nil>")
	vethtest.SetDown(t, "end0", true)
	want("port port0 has no carrier: nothing passes", "<nil>")
	vethtest.SetDown(t, "port0", true)
	want("port port0 is down: nothing passes (ip link set dev port0 up)", "<nil>")
	vethtest.SetDown(t, "end0", false)
	vethtest.SetDown(t, "port0", false)
	want("", "<nil>")
	programs[0].Close()
	want("", "somebody took the XDP program off port port0")
	port, err := netlink.LinkByName("port1")
	if err == nil {
		err = netlink.LinkDel(port)
	}
	if err != nil {
		t.Fatal(err)
	}
	want("", "somebody took the XDP program off port port0\nport port1 is gone")
}

// TestDetachOthers: a program that Detach does not find is not said to be gone.
func TestDetachOthers(t *testing.T) {
	wire := vethtest.New(t, vethtest.Config{})
	l := passAll(t, wire.Index[1])
	cfg := DefaultConfig()
	cfg.Datapath.Ports, cfg.Datapath.Pin = wire.Ports[:], ""
	if err := Detach(&cfg); err == nil || !strings.Contains(err.Error(), `detach port1: XDP program`) {
		t.Error(err)
	}
	l.Close()
	if err := Detach(&cfg); err != nil {
		t.Error(err)
	}
}
