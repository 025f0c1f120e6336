package underlay

import (
	"encoding/binary"
	"net/netip"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// neighbour is an RTM_NEWNEIGH or RTM_DELNEIGH message (linux/neighbour.h): an
// entry of a neighbour table, or with AF_BRIDGE of a forwarding database.
type neighbour struct {
	family uint8
	index  int // of the device
	state  uint16
	flags  uint8
	dst    netip.Addr // NDA_DST
	mac    MAC
	hasMAC bool
	vni    uint32 // NDA_VNI: where the entry sends to
	hasVNI bool
	srcVNI uint32 // NDA_SRC_VNI: where it lives, on a device that carries many
	nextID uint32 // NDA_NH_ID: it names a group of next hops instead
}

// ndmsgLen is the length of struct ndmsg.
const ndmsgLen = 12

// parseNeighbour reads a message. It reports false for one that is cut off.
func parseNeighbour(b []byte) (n neighbour, ok bool) {
	if len(b) < ndmsgLen {
		return n, false
	}
	n.family = b[0]
	n.index = int(int32(binary.NativeEndian.Uint32(b[4:])))
	n.state = binary.NativeEndian.Uint16(b[8:])
	n.flags = b[10]
	for b = b[ndmsgLen:]; len(b) >= unix.SizeofRtAttr; {
		size := int(binary.NativeEndian.Uint16(b))
		if size < unix.SizeofRtAttr || size > len(b) {
			return n, false
		}
		n.attribute(binary.NativeEndian.Uint16(b[2:]), b[unix.SizeofRtAttr:size])
		b = b[min(len(b), (size+unix.RTA_ALIGNTO-1)&^(unix.RTA_ALIGNTO-1)):]
	}
	return n, true
}

func (n *neighbour) attribute(kind uint16, value []byte) {
	const flags = unix.NLA_F_NESTED | unix.NLA_F_NET_BYTEORDER
	switch kind &^ flags {
	case netlink.NDA_DST:
		n.dst, _ = netip.AddrFromSlice(value)
		n.dst = n.dst.Unmap()
	case netlink.NDA_LLADDR:
		if len(value) == len(n.mac) {
			n.mac, n.hasMAC = MAC(value), true
		}
	case netlink.NDA_VNI:
		n.vni, n.hasVNI = number(value)
	case netlink.NDA_SRC_VNI:
		n.srcVNI, _ = number(value)
	case netlink.NDA_NH_ID:
		n.nextID, _ = number(value)
	}
}

func number(value []byte) (uint32, bool) {
	if len(value) != 4 {
		return 0, false
	}
	return binary.NativeEndian.Uint32(value), true
}
