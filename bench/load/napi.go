package load

import (
	"encoding/binary"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Generic netlink family "netdev" (Linux, Documentation/netlink/specs/netdev.yaml).
const (
	netdevNAPIGet = 11
	napiIfindex   = 1
	napiPID       = 4
)

// napiThreads returns the kernel threads that receive for an interface of the
// thread's namespace. There are some only while the interface has NAPI (on a veth:
// an XDP program or GRO) in threaded mode.
func napiThreads(ifindex int) ([]int, error) {
	family, err := netlink.GenlFamilyGet("netdev")
	if err != nil {
		return nil, fmt.Errorf("find netlink family netdev: %w", err)
	}
	req := nl.NewNetlinkRequest(int(family.ID), unix.NLM_F_DUMP)
	// Not nl.Genlmsg: its two reserved bytes are whatever memory holds.
	ask := []byte{netdevNAPIGet, 1, 0, 0, 8, 0, napiIfindex, 0}
	req.AddRawData(binary.NativeEndian.AppendUint32(ask, uint32(ifindex)))
	messages, err := req.Execute(unix.NETLINK_GENERIC, 0)
	if err != nil {
		return nil, fmt.Errorf("list NAPI of interface %d: %w", ifindex, err)
	}
	var pids []int
	for _, m := range messages {
		attributes, err := nl.ParseRouteAttr(m[nl.SizeofGenlmsg:])
		if err != nil {
			return nil, fmt.Errorf("parse NAPI of interface %d: %w", ifindex, err)
		}
		numbers := map[uint16]int{}
		for _, a := range attributes {
			if len(a.Value) == 4 {
				numbers[a.Attr.Type] = int(binary.NativeEndian.Uint32(a.Value))
			}
		}
		if pid := numbers[napiPID]; pid != 0 {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
