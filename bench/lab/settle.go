package lab

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

const upTime = 10 * time.Second // ports that are not up by then never will be

// awaitPorts waits until the ports send: the kernel drops what a veth sends until its
// work queue has got to know that the other end is up, too.
func (l *Lab) awaitPorts(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, upTime)
	defer cancel()
	for place, ports := range map[Place][]string{Left: {VTEPPort}, Right: {VTEPPort}, Wall: {Port1, Port2}} {
		for _, port := range ports {
			if err := l.In(place, func() error { return awaitUp(ctx, port) }); err != nil {
				return err
			}
		}
	}
	return nil
}

func awaitUp(ctx context.Context, port string) error {
	for {
		link, err := netlink.LinkByName(port)
		if err != nil {
			return fmt.Errorf("find %s: %w", port, err)
		}
		if link.Attrs().OperState == netlink.OperUp {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: it is %s: %w", port, link.Attrs().OperState, ctx.Err())
		case <-time.After(time.Millisecond):
		}
	}
}

// forgetNeighbors makes the VTEPs ask anew for each other's address. What they
// asked before the wall forwarded got no answer; until they ask again, in a tenth of a second,
// packets would queue up, and some of a fast stream be lost.
func (l *Lab) forgetNeighbors() error {
	for _, vtep := range l.vteps() {
		if err := l.In(vtep, forgetAll); err != nil {
			return fmt.Errorf("forget neighbors of %s: %w", vtep, err)
		}
	}
	return nil
}

func forgetAll() error {
	port, err := netlink.LinkByName(VTEPPort)
	if err != nil {
		return err
	}
	neighbors, err := netlink.NeighList(port.Attrs().Index, netlink.FAMILY_ALL)
	if err != nil {
		return err
	}
	for _, n := range neighbors {
		if n.State == netlink.NUD_NOARP { // of multicast addresses
			continue
		}
		if err := netlink.NeighDel(&n); err != nil && !errors.Is(err, unix.ENOENT) {
			return err
		}
	}
	return nil
}
