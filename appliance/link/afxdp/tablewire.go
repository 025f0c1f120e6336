package afxdp

import "sync/atomic"

// Where VNIs are mapped, flows are known by the ID of their network, and packets show a
// VNI that may be another. An entry stands in two slots then: Go finds it by the ID,
// the program by the VNI. By the ID the program may find it too, but it does not match.

// mapped says whether packets of an entry show another VNI than its network's ID.
func mapped(e *offloadEntry) bool { return vniOf(e) != e.Network }

// wireSlot returns a slot that has standing in it, an entry's number or 0, in the bucket by
// which the program finds entry at, and the tag there; nil if there is none. It passes
// over the slot by which Go finds the entry.
func (t *table) wireSlot(at, standing uint32, own *uint32) (slot *uint32, tag uint32) {
	e := &t.entries[at]
	b, tag := t.bucket(t.seed.hash(e, vniOf(e)))
	if standing != 0 {
		standing |= tag
	}
	for i := range b.Slots {
		if s := &b.Slots[i]; s != own && atomic.LoadUint32(s) == standing {
			return s, tag
		}
	}
	return nil, tag
}

// showWire lets the program find an entry that Go finds in a slot. It reports false if
// there is no room for that.
func (t *table) showWire(at uint32, own *uint32) bool {
	if !mapped(&t.entries[at]) {
		return true
	}
	slot, tag := t.wireSlot(at, 0, own)
	if slot == nil {
		return false
	}
	atomic.StoreUint32(slot, tag|at)
	return true
}

// hideWire ends showWire. 0 is no entry.
func (t *table) hideWire(at uint32, own *uint32) {
	if at == 0 || !mapped(&t.entries[at]) {
		return
	}
	if slot, _ := t.wireSlot(at, at, own); slot != nil {
		atomic.StoreUint32(slot, 0)
	}
}

// byID says whether Go finds the entry that a slot of a bucket names there: one that is
// mapped stands elsewhere too.
func (t *table) byID(bucket, slot uint32) bool {
	e := &t.entries[slot&(1<<entryBits-1)]
	if !mapped(e) {
		return true
	}
	b, tag := t.bucket(t.seed.hash(e, e.Network))
	return b == &t.buckets[bucket] && tag == slot&^(1<<entryBits-1)
}
