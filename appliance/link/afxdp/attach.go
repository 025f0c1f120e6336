package afxdp

import (
	"errors"
	"fmt"
	"os"

	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// attach puts a port's program on its network interface, in the caller's
// network namespace, and says in which mode it runs and why not in a better
// one. A pinned program of an earlier run is replaced: no frame passes between
// the two, none is lost. Have the sockets in place before.
func (p *program) attach(port, ifindex int, mode Mode) (chosen Mode, note string, err error) {
	dev, err := netlink.LinkByIndex(ifindex)
	if err != nil {
		return Auto, "", fmt.Errorf("find port %s: %w", p.cfg.Ports[port], err)
	}
	pin, err := pinOf(p.cfg.Pin, dev.Attrs().Name)
	if err == nil {
		err = pin.make()
	}
	if err != nil {
		return Auto, "", err
	}
	chosen, err = p.takeOver(port, dev, pin, mode)
	if chosen == Generic && mode == Auto {
		note = "generic XDP, which an earlier run left; to try native XDP: stop vxwall, run vxwall detach, start it"
	}
	if err == nil && chosen == Auto {
		chosen, note, err = p.attachNew(port, dev, pin, mode)
	}
	if err != nil {
		return Auto, "", err
	}
	return chosen, note, p.keepCounters(port, pin)
}

// attachedMode is the mode of the program that is on a device.
func attachedMode(xdp *netlink.LinkXdp) Mode {
	if xdp.AttachMode == nl.XDP_ATTACHED_SKB {
		return Generic
	}
	return Native
}

// takeOver replaces the program that an earlier run left on a device. The mode
// is Auto if there is none, or none any more: one that runs in another mode than
// is asked for has to go first.
func (p *program) takeOver(port int, dev netlink.Link, pin pin, mode Mode) (Mode, error) {
	xdp, name := dev.Attrs().Xdp, dev.Attrs().Name
	if xdp == nil || !xdp.Attached {
		return Auto, nil
	}
	old, l, err := owner(p.cfg.Pin, xdp.ProgId)
	if err != nil {
		return Auto, err
	}
	if l == nil {
		return Auto, foreign(name, xdp.ProgId)
	}
	if mode != Auto && mode != attachedMode(xdp) {
		return Auto, errors.Join(l.Detach(), l.Close(), old.remove(), pin.make())
	}
	p.ports[port].link = l
	if err := l.Update(p.ports[port].xdp); err != nil {
		return Auto, fmt.Errorf("replace XDP program of %s: %w", name, err)
	}
	return attachedMode(xdp), pin.adopt(l, old)
}

// foreign is the error of a port on which somebody else's program is.
func foreign(name string, id uint32) error {
	return &ConfigError{
		What: "port " + name, Why: fmt.Sprintf("XDP program %d of somebody else is attached", id),
		Fix: fmt.Sprintf("end who attached it (bpftool prog show id %d), or run: %s", id, removal(name, id)),
	}
}

// removal is the command that takes a program off a port. One that a bpf_link holds
// goes with the link alone, and one of generic XDP only by that name.
func removal(name string, id uint32) string {
	if link := holder(id); link != 0 {
		return fmt.Sprintf("bpftool link detach id %d", link)
	}
	mode := "xdp"
	if dev, err := netlink.LinkByName(name); err == nil && dev.Attrs().Xdp != nil && attachedMode(dev.Attrs().Xdp) == Generic {
		mode = "xdpgeneric"
	}
	return fmt.Sprintf("ip link set dev %s %s off", name, mode)
}

// holder finds the link that holds an XDP program, 0 if there is none.
func holder(program uint32) link.ID {
	it := new(link.Iterator)
	defer it.Close()
	for it.Next() {
		if info, err := it.Link.Info(); err == nil && info.Type == link.XDPType && uint32(info.Program) == program {
			return it.ID
		}
	}
	return 0
}

// attachNew attaches the program to a device that has none.
func (p *program) attachNew(port int, dev netlink.Link, pin pin, mode Mode) (Mode, string, error) {
	l, chosen, note, err := p.attachMode(port, dev, mode)
	if err != nil {
		return Auto, "", err
	}
	p.ports[port].link = l
	return chosen, note, pin.keep(l)
}

// attachMode tries native XDP, and generic XDP if that may be.
func (p *program) attachMode(port int, dev netlink.Link, mode Mode) (link.Link, Mode, string, error) {
	name := dev.Attrs().Name
	options := link.XDPOptions{Program: p.ports[port].xdp, Interface: dev.Attrs().Index, Flags: link.XDPDriverMode}
	note := ""
	if mode != Generic {
		l, err := link.AttachXDP(options)
		if err == nil {
			return l, Native, "", nil
		}
		if taken(err) || mode == Native {
			return nil, Auto, "", attachError(name, Native, err)
		}
		note = fmt.Sprintf("generic XDP, since native is refused: %v", errors.Unwrap(err))
	}
	options.Flags = link.XDPGenericMode
	l, err := link.AttachXDP(options)
	if err != nil {
		return nil, Auto, "", attachError(name, Generic, err)
	}
	return l, Generic, note, nil
}

// taken says whether the kernel refused a program because there is one.
func taken(err error) bool { return errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EEXIST) }

// programOn is the id of the XDP program on an interface, 0 for none.
func programOn(name string) uint32 {
	dev, err := netlink.LinkByName(name)
	if err != nil || dev.Attrs().Xdp == nil {
		return 0
	}
	return dev.Attrs().Xdp.ProgId
}

func attachError(name string, mode Mode, err error) error {
	if taken(err) {
		return foreign(name, programOn(name))
	}
	if errors.Is(err, os.ErrPermission) {
		return &ConfigError{What: "port " + name, Why: err.Error(), Fix: "give the process CAP_NET_ADMIN and CAP_BPF"}
	}
	return &ConfigError{
		What: "port " + name, Why: fmt.Sprintf("%s XDP is refused: %v", mode, err), Fix: `see "dmesg", or set xdp = "auto"`,
	}
}
