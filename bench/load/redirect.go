package load

import (
	"context"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Redirect is the limit: an XDP program on each port of wall that sends each
// frame out of the other port and looks at nothing.
type Redirect struct{ inWire }

// Name is "redirect".
func (Redirect) Name() string { return "redirect" }

// Start attaches the programs.
func (Redirect) Start(_ context.Context, t *Topology) (func() error, error) {
	var u undo
	for _, pair := range [2][2]string{{Eth1, Eth2}, {Eth2, Eth1}} {
		if err := redirect(&u, t.Port(pair[0]), t.Port(pair[1])); err != nil {
			return u.orUndo(err)
		}
	}
	return u.orUndo(t.Settle())
}

// redirect sends what comes in at a port out of another of the same namespace.
func redirect(u *undo, from, to *Port) error {
	var o redirectObjects
	if err := loadRedirectObjects(&o, nil); err != nil {
		return fmt.Errorf("load redirect: %w", err)
	}
	u.add(o.Close)
	err := from.Space.Do(func() error { return o.Other.Put(uint32(0), uint32(to.Index)) })
	if err != nil {
		return fmt.Errorf("set device %s: %w", to.Name, err)
	}
	return attach(u, from, o.Redirect)
}

// attach puts an XDP program on a port.
func attach(u *undo, p *Port, program *ebpf.Program) error {
	return p.Space.Do(func() error {
		l, err := link.AttachXDP(link.XDPOptions{Program: program, Interface: p.Index, Flags: link.XDPDriverMode})
		if err != nil {
			return fmt.Errorf("attach XDP program to %s: %w", p.Name, err)
		}
		u.add(l.Close)
		return nil
	})
}
