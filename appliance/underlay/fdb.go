package underlay

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/vishvananda/netlink"
)

// forward takes an entry of a forwarding database. A VXLAN device has one place for
// a MAC address, and a new one replaces it; only of all-zero and multicast addresses it
// has several (drivers/net/vxlan/vxlan_core.c, vxlan_fdb_update).
func (m *mirror) forward(n *neighbour, gone bool) effect {
	if !m.followed[n.index] || !n.hasMAC {
		return nothing
	}
	vni := cmp.Or(n.srcVNI, m.devices[n.index].vni)
	key := fdbKey{n.index, vni, n.mac}
	if n.nextID != 0 || n.dst.IsMulticast() {
		return m.skip(key, gone)
	}
	if !n.dst.IsValid() || n.dst.IsUnspecified() {
		return nothing // of the bridge that the device is a port of
	}
	r := remote{peer: n.dst, to: vni, static: n.state&(netlink.NUD_PERMANENT|netlink.NUD_NOARP) != 0, generation: m.generation}
	if n.hasVNI {
		r.to = n.vni
	}
	return m.put(key, r, gone)
}

// skip notes an entry that names a group of next hops or a multicast group.
func (m *mirror) skip(key fdbKey, gone bool) effect {
	before := len(m.skipped)
	if delete(m.skipped, key); !gone {
		m.skipped[key] = true
	}
	return changed(before != len(m.skipped))
}

// put puts a remote under a key, or takes it away.
func (m *mirror) put(key fdbKey, r remote, gone bool) effect {
	list := m.fdb[key]
	same := func(other remote) bool { return other.peer == r.peer && other.to == r.to }
	at := slices.IndexFunc(list, same)
	switch {
	case gone && at < 0:
		return nothing
	case gone:
		list = slices.Delete(slices.Clone(list), at, at+1)
		if len(list) == 0 {
			delete(m.fdb, key)
			return content
		}
	case at >= 0:
		before := list[at].static
		list[at] = r
		return changed(before != r.static)
	case key.mac[0]&1 == 0 && key.mac != MAC{}:
		list = []remote{r}
	default:
		list = append(slices.Clip(list), r)
	}
	m.fdb[key] = list
	return content
}

// sweepFDB forgets entries that a complete dump did not show.
func (m *mirror) sweepFDB() (e effect) {
	for key, list := range m.fdb {
		kept := slices.DeleteFunc(slices.Clone(list), func(r remote) bool { return r.generation != m.generation })
		if len(kept) == len(list) {
			continue
		}
		e = content
		if m.fdb[key] = kept; len(kept) == 0 {
			delete(m.fdb, key)
		}
	}
	return e
}

// entries lists the FDB in order. Multicast MAC addresses are left out: such frames
// go where all BUM traffic goes.
func (m *mirror) entries() []Entry {
	list := make([]Entry, 0, len(m.fdb))
	for key, remotes := range m.fdb {
		if key.mac[0]&1 != 0 {
			continue
		}
		for _, r := range remotes {
			list = append(list, Entry{Device: m.devices[key.index].name, VNI: key.vni, MAC: key.mac, Peer: r.peer, To: r.to, Static: r.static})
		}
	}
	slices.SortFunc(list, func(a, b Entry) int {
		return cmp.Or(cmp.Compare(a.VNI, b.VNI), slices.Compare(a.MAC[:], b.MAC[:]), a.Peer.Compare(b.Peer), cmp.Compare(a.Device, b.Device))
	})
	return list
}

// deviceStates says how each name fares that is to be followed.
func (m *mirror) deviceStates(entries []Entry) []Device {
	counts, skipped := map[string]int{}, map[int]int{}
	for i := range entries {
		counts[entries[i].Device]++
	}
	for key := range m.skipped {
		skipped[key.index]++
	}
	var list []Device
	for _, name := range m.follow {
		found := false
		for index, d := range m.devices {
			if m.followed[index] && (d.name == name || m.devices[d.master].name == name) {
				found = true
				list = append(list, Device{Name: d.name, Index: index, VNI: d.vni, Entries: counts[d.name], Skipped: skipped[index]})
			}
		}
		if !found {
			list = append(list, Device{Name: name, Trouble: m.whyNot(name)})
		}
	}
	slices.SortStableFunc(list, func(a, b Device) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(list, func(a, b Device) bool { return a.Name == b.Name })
}

// whyNot says why a name leads to no VXLAN device.
func (m *mirror) whyNot(name string) string {
	for _, d := range m.devices {
		if d.name == name && d.kind == "bridge" {
			return "none of its ports is a VXLAN device"
		}
		if d.name == name {
			return "it is no VXLAN device or bridge, but " + d.kind
		}
	}
	return "there is no such device"
}

// peersOf adds the peers of entries to those that are known.
func peersOf(known []netip.Addr, entries []Entry) map[netip.Addr]bool {
	set := make(map[netip.Addr]bool, len(known))
	for _, p := range known {
		set[p] = true
	}
	for i := range entries {
		set[entries[i].Peer] = true
	}
	return set
}
