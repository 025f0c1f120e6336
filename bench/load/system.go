package load

import (
	"context"
	"errors"
	"net/netip"
	"slices"
)

// System is something that takes frames from one port of wall to the other: the
// system under test, or one that it is compared with.
type System interface {
	// Name is short and unique, for tables and the command line.
	Name() string
	// Ways returns the underlay addresses that frames there and back must have.
	// Back without addresses: the system knows no state, nothing need come back.
	Ways(t *Topology) (there, back Way)
	// Start sets the system up in wall, and returns once it forwards. stop takes
	// it down.
	Start(ctx context.Context, t *Topology) (stop func() error, err error)
}

// ErrNotInstalled is what Start of a system returns that this machine does not have.
var ErrNotInstalled = errors.New("not installed")

// Addresses of the tunnel endpoints in gen and sink, and of wall's own where the
// system under test is an endpoint.
var (
	genVTEP  = VTEP{IP4: netip.MustParseAddr("192.0.2.2"), IP6: netip.MustParseAddr("fd00:2::2")}
	eth1VTEP = VTEP{IP4: netip.MustParseAddr("192.0.2.1")}
	eth2VTEP = VTEP{IP4: netip.MustParseAddr("198.51.100.1")}
	sinkVTEP = VTEP{IP4: netip.MustParseAddr("198.51.100.2"), IP6: netip.MustParseAddr("fd00:5::2")}
)

// at returns the endpoint with a port's MAC address.
func (v VTEP) at(p *Port) VTEP {
	v.MAC = p.MAC
	return v
}

// inWire is embedded by systems that are a bump in the wire.
type inWire struct{}

// Ways is from gen to sink and back.
func (inWire) Ways(t *Topology) (there, back Way) {
	there = Way{genVTEP.at(t.Port(Gen0)), sinkVTEP.at(t.Port(Sink0))}
	return there, there.Back()
}

// undo is what to do, last first, to take something down.
type undo []func() error

func (u *undo) add(f func() error) { *u = append(*u, f) }

// run does all of it and returns what went wrong.
func (u *undo) run() error {
	var errs []error
	for _, f := range slices.Backward(*u) {
		errs = append(errs, f())
	}
	*u = nil
	return errors.Join(errs...)
}

// orUndo returns run, or runs it because of an error.
func (u *undo) orUndo(err error) (stop func() error, _ error) {
	if err != nil {
		return nil, errors.Join(err, u.run())
	}
	return u.run, nil
}
