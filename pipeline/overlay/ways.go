package overlay

import (
	"maps"
	"slices"
)

// sameWays says whether two Maps differ in nothing but where addresses are, and whom
// floods go to: what is neither, no way rests on.
func (m *Map) sameWays(o *Map) bool {
	return slices.Equal(m.own, o.own) && slices.Equal(m.tunnels, o.tunnels) && m.options == o.options &&
		slices.EqualFunc(m.networks, o.networks, sameNetwork) && m.sameOther(o) &&
		slices.EqualFunc(m.sides[:], o.sides[:], sameSide)
}

func (m *Map) sameOther(o *Map) bool {
	if m.other == nil || o.other == nil {
		return m.other == o.other
	}
	return sameNetwork(*m.other, *o.other)
}

func sameNetwork(a, b network) bool {
	return a.number == b.number && a.id == b.id && a.vnis == b.vnis && a.paired == b.paired && a.pair == b.pair && a.learn == b.learn
}

func sameSide(a, b Side) bool { return a.Groups == b.Groups && maps.Equal(a.GroupMap, b.GroupMap) }

// changedPlaces calls f for each address that two Maps of the same ways have in different
// places.
func (m *Map) changedPlaces(o *Map, f func(id uint32, mac uint64)) {
	tell := func(key uint64) { f(m.networks[key>>48].id, key&(1<<48-1)) }
	for key, at := range m.entries {
		if before, known := o.entries[key]; !known || before != at {
			tell(key)
		}
	}
	for key := range o.entries {
		if _, known := m.entries[key]; !known {
			tell(key)
		}
	}
}
