package afxdp

import (
	"encoding/binary"
	"fmt"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// Features is what a driver says that it can do with XDP (enum netdev_xdp_act,
// linux/netdev.h; Linux 6.3). For veth it depends on the settings of both ends.
type Features struct {
	Known       bool // the kernel says
	Native      bool // XDP programs in the driver, that may redirect
	TakesFrames bool // what XDP redirects to it is sent: without, the frame is lost
	ZeroCopy    bool // AF_XDP without copying
	MultiBuffer bool // frames of several pieces
}

// Bits of enum netdev_xdp_act, command and attributes of the netlink family
// (linux/netdev.h).
const (
	actBasic, actRedirect, actTransmit, actZeroCopy, actMultiBuffer = 1, 2, 4, 8, 32

	netdevGetDevice   = 1 // NETDEV_CMD_DEV_GET
	netdevInterface   = 1 // NETDEV_A_DEV_IFINDEX
	netdevXDPFeatures = 3 // NETDEV_A_DEV_XDP_FEATURES
)

// genericHeader is struct genlmsghdr: command, version, and two bytes that must be
// zero. Those of nl.Genlmsg are whatever follows it in memory.
type genericHeader [nl.SizeofGenlmsg]byte

// Len implements nl.NetlinkRequestData.
func (h genericHeader) Len() int { return len(h) }

// Serialize implements nl.NetlinkRequestData.
func (h genericHeader) Serialize() []byte { return h[:] }

// FeaturesOf asks the kernel what an interface of the caller's network namespace can do.
func FeaturesOf(index int) (f Features, err error) {
	family, err := netlink.GenlFamilyGet("netdev")
	if err != nil {
		return f, fmt.Errorf("ask for XDP features: %w", err)
	}
	req := nl.NewNetlinkRequest(int(family.ID), unix.NLM_F_ACK)
	req.AddData(genericHeader{netdevGetDevice, 1})
	req.AddData(nl.NewRtAttr(netdevInterface, nl.Uint32Attr(uint32(index))))
	messages, err := req.Execute(unix.NETLINK_GENERIC, 0)
	if err != nil {
		return f, fmt.Errorf("ask for XDP features: %w", err)
	}
	for _, m := range messages {
		if len(m) < nl.SizeofGenlmsg {
			continue
		}
		attrs, err := nl.ParseRouteAttr(m[nl.SizeofGenlmsg:])
		if err != nil {
			return f, fmt.Errorf("ask for XDP features: %w", err)
		}
		for _, a := range attrs {
			if a.Attr.Type == netdevXDPFeatures && len(a.Value) >= 8 {
				return featuresOf(binary.NativeEndian.Uint64(a.Value)), nil
			}
		}
	}
	return f, nil
}

func featuresOf(bits uint64) Features {
	return Features{
		Known: true, Native: bits&(actBasic|actRedirect) == actBasic|actRedirect, TakesFrames: bits&actTransmit != 0,
		ZeroCopy: bits&actZeroCopy != 0, MultiBuffer: bits&actMultiBuffer != 0,
	}
}
