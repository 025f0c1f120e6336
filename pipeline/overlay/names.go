package overlay

// peerKey tells peers apart.
type peerKey struct {
	address [16]byte
	port    uint16
}

// names gives each peer a number that it keeps from Map to Map: learned entries
// refer to it. The number of a peer that is gone is given to another only when
// there are no fresh ones, the longest unused first.
type names struct {
	of   map[peerKey]uint16
	next uint16
	free []uint16
}

// maxNames is the number of names; 0 is none.
const maxNames = 1<<16 - 1

func newNames() names { return names{of: map[peerKey]uint16{}, next: 1} }

// assign names the peers of a Map, and returns the names of those that are gone.
func (n *names) assign(m *Map, learned *FDB) (gone []uint16) {
	present := make(map[peerKey]bool, len(m.tunnels))
	for i := range m.tunnels {
		present[m.tunnels[i].key()] = true
	}
	for key, name := range n.of {
		if !present[key] {
			gone = append(gone, name)
			delete(n.of, key)
		}
	}
	n.free = append(n.free, gone...)
	highest := uint16(0)
	for i := range m.tunnels {
		t := &m.tunnels[i]
		t.name = n.name(t.key(), learned)
		highest = max(highest, t.name)
	}
	m.byName = make([]uint16, int(highest)+1)
	for i := range m.tunnels {
		m.byName[m.tunnels[i].name] = uint16(i + 1)
	}
	return gone
}

// name returns the name of a peer. MaxPeers is far below maxNames: one is free.
func (n *names) name(key peerKey, learned *FDB) uint16 {
	name, ok := n.of[key]
	if ok {
		return name
	}
	if n.next < maxNames {
		name = n.next
		n.next++
	} else {
		name = n.free[0]
		n.free = n.free[1:]
		learned.forget(name) // a worker may have used an old Map after its owner went
	}
	n.of[key] = name
	return name
}
