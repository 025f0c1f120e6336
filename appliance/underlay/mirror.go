package underlay

import (
	"maps"
	"net"
	"net/netip"
	"slices"
	"syscall"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// mirror is what the kernel told of its tables. It belongs to whoever holds the
// Follower's lock.
type mirror struct {
	follow []string // names of devices whose FDB is wanted

	devices    map[int]device
	neighbours map[nextHop]resolved
	fdb        map[fdbKey][]remote
	followed   map[int]bool    // VXLAN devices that follow leads to
	skipped    map[fdbKey]bool // entries that cannot be followed
	seen       map[int]uint32  // by device: generation that showed it last
	generation uint32          // of the dumps under way: what they do not show is gone
}

// device is a network device.
type device struct {
	name   string
	kind   string
	master int
	vni    uint32
	mtu    int
	mac    MAC
	up     bool
}

// nextHop is a place that frames are sent to.
type nextHop struct {
	index int
	addr  netip.Addr
}

// resolved is what the neighbour table says of a next hop.
type resolved struct {
	mac        MAC
	state      uint16
	generation uint32
}

type fdbKey struct {
	index int
	vni   uint32
	mac   MAC
}

type remote struct {
	peer       netip.Addr
	to         uint32
	static     bool
	generation uint32
}

func newMirror(follow []string) mirror {
	return mirror{
		follow: follow, devices: map[int]device{}, neighbours: map[nextHop]resolved{}, fdb: map[fdbKey][]remote{},
		followed: map[int]bool{}, skipped: map[fdbKey]bool{}, seen: map[int]uint32{},
	}
}

// usable are the states of a neighbour whose address is known (linux/neighbour.h
// NUD_VALID).
const usable = netlink.NUD_PERMANENT | netlink.NUD_NOARP | netlink.NUD_REACHABLE | netlink.NUD_PROBE | netlink.NUD_STALE | netlink.NUD_DELAY

// effect is what a message changed.
type effect uint8

const (
	nothing effect = 0
	content effect = 1 << iota // something that State shows
	routes                     // perhaps how peers are reached
	fdbGaps                    // a device is followed that was not: its FDB is unknown
)

// apply takes a message of the kernel.
func (m *mirror) apply(msg *syscall.NetlinkMessage) effect {
	switch msg.Header.Type {
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		return m.link(msg)
	case unix.RTM_NEWNEIGH, unix.RTM_DELNEIGH:
		n, ok := parseNeighbour(msg.Data)
		if !ok {
			return nothing
		}
		if n.family == unix.AF_BRIDGE {
			return m.forward(&n, msg.Header.Type == unix.RTM_DELNEIGH)
		}
		return m.neighbour(&n, msg.Header.Type == unix.RTM_DELNEIGH)
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE, unix.RTM_NEWADDR, unix.RTM_DELADDR, unix.RTM_NEWRULE, unix.RTM_DELRULE,
		unix.RTM_NEWNEXTHOP, unix.RTM_DELNEXTHOP: // which changes routes without a word about them
		return routes
	}
	return nothing
}

// link takes a message about a device.
func (m *mirror) link(msg *syscall.NetlinkMessage) effect {
	if len(msg.Data) < unix.SizeofIfInfomsg || msg.Data[0] == unix.AF_BRIDGE {
		return nothing // of a bridge's port: what it says, the device says too
	}
	header := unix.NlMsghdr(msg.Header)
	link, err := netlink.LinkDeserialize(&header, msg.Data)
	if err != nil {
		return nothing
	}
	index := link.Attrs().Index
	before, known := m.devices[index]
	if msg.Header.Type == unix.RTM_DELLINK {
		return m.deviceGone(index)
	}
	m.devices[index], m.seen[index] = deviceOf(link), m.generation
	if known && m.devices[index] == before {
		return nothing
	}
	return content | routes | m.findFollowed()
}

func (m *mirror) deviceGone(index int) effect {
	delete(m.devices, index)
	delete(m.seen, index)
	return content | routes | m.findFollowed()
}

func deviceOf(link netlink.Link) device {
	a := link.Attrs()
	d := device{name: a.Name, kind: link.Type(), master: a.MasterIndex, mtu: a.MTU, up: a.Flags&net.FlagUp != 0 && a.Flags&net.FlagRunning != 0}
	if len(a.HardwareAddr) == len(d.mac) {
		d.mac = MAC(a.HardwareAddr)
	}
	if vxlan, ok := link.(*netlink.Vxlan); ok {
		d.vni = uint32(vxlan.VxlanId)
	}
	return d
}

// findFollowed looks which devices are to be followed: those named, and the VXLAN
// devices that are ports of a bridge that is named.
func (m *mirror) findFollowed() (e effect) {
	now := map[int]bool{}
	for index, d := range m.devices {
		named := slices.Contains(m.follow, d.name) || d.master != 0 && slices.Contains(m.follow, m.devices[d.master].name)
		if named && d.kind == "vxlan" {
			now[index] = true
			if !m.followed[index] {
				e = fdbGaps
			}
		}
	}
	for index := range m.followed {
		if !now[index] {
			m.forget(index)
		}
	}
	m.followed = now
	return e
}

// forget drops the FDB of a device.
func (m *mirror) forget(index int) {
	for key := range m.fdb {
		if key.index == index {
			delete(m.fdb, key)
		}
	}
	for key := range m.skipped {
		if key.index == index {
			delete(m.skipped, key)
		}
	}
}

// neighbour takes an entry of a neighbour table.
func (m *mirror) neighbour(n *neighbour, gone bool) effect {
	key := nextHop{n.index, n.dst}
	before, known := m.neighbours[key]
	if gone {
		delete(m.neighbours, key)
		return changed(known)
	}
	if n.state&usable == 0 {
		n.mac = MAC{}
	}
	m.neighbours[key] = resolved{n.mac, n.state, m.generation}
	return changed(before.mac != n.mac)
}

func changed(is bool) effect {
	if is {
		return content
	}
	return nothing
}

// sweep forgets what a complete dump of a table did not show.
func (m *mirror) sweep(d dump) effect {
	switch {
	case d.message == unix.RTM_GETLINK:
		return m.sweepDevices()
	case d.family == unix.AF_BRIDGE:
		return m.sweepFDB()
	}
	before := len(m.neighbours)
	maps.DeleteFunc(m.neighbours, func(key nextHop, r resolved) bool {
		return r.generation != m.generation && key.addr.Is4() == (d.family == unix.AF_INET)
	})
	return changed(before != len(m.neighbours))
}

func (m *mirror) sweepDevices() (e effect) {
	for index, generation := range m.seen {
		if generation != m.generation {
			e |= m.deviceGone(index)
		}
	}
	return e
}
