package ips

import "vxwall/pipeline/flow"

// hostKey is what something is remembered of: addresses of one network, and what for.
type hostKey struct {
	a, b [16]byte
	vni  uint32
	kind hostKind
	id   uint64 // of a bit, or of a rule
}

type hostKind uint8

const (
	hostBit hostKind = iota + 1
	hostThreshold
	hostRate
	hostTag
)

// hostEntry is one thing remembered.
type hostEntry struct {
	key     hostKey
	expires int64 // nanoseconds since 1970; 0: the entry is free
	since   int64
	count   uint64
	by      int32 // of a tag: its signature
	metric  uint8 // of a tag
}

// ways is how many places an entry may be in.
const ways = 8

// hostTable remembers of hosts for a time. It is of fixed size: who needs room takes it
// from what expires soonest.
type hostTable struct {
	entries []hostEntry
	mask    uint64
	seed    flow.Seed
}

func (t *hostTable) init(n int, seed flow.Seed) {
	sets := 1
	for sets*ways < n {
		sets *= 2
	}
	t.entries, t.mask, t.seed = make([]hostEntry, sets*ways), uint64(sets-1), seed
}

func (t *hostTable) set(k *hostKey) []hostEntry {
	f := flow.Key{Src: k.a, Dst: k.b, VNI: k.vni, Nested: uint32(k.id), VLAN: uint32(k.id >> 32), Proto: uint8(k.kind)}
	at := f.Hash(t.seed) & t.mask * ways
	return t.entries[at : at+ways]
}

// find returns the entry of a key, nil if there is none or it is over.
func (t *hostTable) find(k *hostKey, now int64) *hostEntry {
	set := t.set(k)
	for i := range set {
		if set[i].expires > now && set[i].key == *k {
			return &set[i]
		}
	}
	return nil
}

// put returns the entry of a key, a new one until expires if need be. It says whether
// another one that was not over had to make room.
func (t *hostTable) put(k *hostKey, now, expires int64) (e *hostEntry, evicted bool) {
	if e = t.find(k, now); e != nil {
		return e, false
	}
	set := t.set(k)
	e = &set[0]
	for i := range set {
		if set[i].expires < e.expires {
			e = &set[i]
		}
	}
	evicted = e.expires > now
	*e = hostEntry{key: *k, expires: expires, since: now}
	return e, evicted
}
