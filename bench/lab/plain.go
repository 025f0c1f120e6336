package lab

import (
	"errors"
	"fmt"
	"io"
	"net"
	"slices"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
)

// Plain forwards between the wall's ports until it is closed.
type Plain struct{ closers []io.Closer }

// Plain makes the wall a wire: an XDP program on each port redirects every
// frame to the other port, unseen. It is the fastest that a program between two ports can
// be, and what vxwall is measured against.
func (l *Lab) Plain() (*Plain, error) {
	p := &Plain{}
	if err := l.In(Wall, p.attach); err != nil {
		return nil, errors.Join(fmt.Errorf("forward plainly: %w", err), p.Close())
	}
	l.atDown(p.Close)
	return p, l.forgetNeighbors()
}

// Close ends the forwarding. It may be called again.
func (p *Plain) Close() error {
	var errs []error
	for _, c := range slices.Backward(p.closers) {
		errs = append(errs, c.Close())
	}
	p.closers = nil
	return errors.Join(errs...)
}

func (p *Plain) attach() error {
	ports, err := ebpf.NewMap(&ebpf.MapSpec{Name: "ports", Type: ebpf.DevMap, KeySize: 4, ValueSize: 4, MaxEntries: 2})
	if err != nil {
		return fmt.Errorf("make device map: %w", err)
	}
	p.closers = append(p.closers, ports)
	for i, name := range []string{Port1, Port2} {
		if err := p.attachPort(ports, i, name); err != nil {
			return err
		}
	}
	return nil
}

func (p *Plain) attachPort(ports *ebpf.Map, i int, name string) error {
	port, err := net.InterfaceByName(name)
	if err != nil {
		return fmt.Errorf("find port: %w", err)
	}
	if err := ports.Put(uint32(i), uint32(port.Index)); err != nil {
		return fmt.Errorf("fill device map: %w", err)
	}
	program, err := ebpf.NewProgram(redirectTo(ports, 1-i))
	if err != nil {
		return fmt.Errorf("load XDP program: %w", err)
	}
	p.closers = append(p.closers, program)
	attached, err := link.AttachXDP(link.XDPOptions{Program: program, Interface: port.Index})
	if err != nil {
		return fmt.Errorf("attach XDP program to %s: %w", name, err)
	}
	p.closers = append(p.closers, attached)
	return nil
}

// redirectTo is: return bpf_redirect_map(ports, index, XDP_ABORTED).
func redirectTo(ports *ebpf.Map, index int) *ebpf.ProgramSpec {
	return &ebpf.ProgramSpec{Name: "plain", Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.LoadMapPtr(asm.R1, ports.FD()),
		asm.Mov.Imm(asm.R2, int32(index)),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnRedirectMap.Call(),
		asm.Return(),
	}}
}

// xdpPass is XDP_PASS (linux/bpf.h).
const xdpPass = 2

// attachPass gives a device of the current namespace NAPI without GRO, by an XDP
// program that passes everything. It stays until the device goes.
func attachPass(device netlink.Link) error {
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "pass", Type: ebpf.XDP, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R0, xdpPass),
		asm.Return(),
	}})
	if err != nil {
		return fmt.Errorf("load XDP program: %w", err)
	}
	defer program.Close()
	if err := netlink.LinkSetXdpFd(device, program.FD()); err != nil {
		return fmt.Errorf("attach XDP program to %s: %w", device.Attrs().Name, err)
	}
	return nil
}
