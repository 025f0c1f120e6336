package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// known remembers packets for a moment, to know those that come twice: where both
// ends of a conversation are mirrored, or a flooded frame is on its way to several
// VTEPs. Its memory is fixed: under a flood the oldest of a few is forgotten, and
// what comes again after that is judged again, which does no harm.
type known struct {
	buckets [][sightings]sighting
	window  int64
	seed    flow.Seed
}

// sighting is one packet: a cache line has four.
type sighting struct {
	hash uint64 // of what the packet says, 0 for none
	time int64
}

const (
	sightings   = 4
	copyBuckets = 1 << 14 // of 64 bytes: 65,536 packets
)

// newKnown returns nil if nobody wants to know.
func newKnown(c *Config) *known {
	if !c.Passive || c.Duplicates <= 0 {
		return nil
	}
	return &known{buckets: make([][sightings]sighting, copyBuckets), window: int64(c.Duplicates), seed: c.Flow.Seed}
}

// cameBefore says whether a packet whose headers are sound is a copy of one that came
// a moment ago. Then it is judged already.
func (w *Worker) cameBefore(p *Packet) bool {
	if w.copies.known == nil || !w.copies.known.seen(w.copies.known.hash(p), p.time) {
		return false
	}
	w.counters.Duplicates++
	return true
}

// seen says whether a hash was there within the window, and remembers it if not.
func (k *known) seen(hash uint64, now int64) bool {
	bucket := &k.buckets[hash%copyBuckets]
	oldest := &bucket[0]
	for i := range bucket {
		s := &bucket[i]
		if s.hash == hash && now-s.time <= k.window {
			return true
		}
		if s.time < oldest.time {
			oldest = s
		}
	}
	*oldest = sighting{hash, now}
	return false
}

// hash is that of what a packet says: its VNI, group and VLAN tags, and all of its inner
// packet but what routers between the two places change. Of what is not IP it is
// the whole inner frame.
func (k *known) hash(p *Packet) uint64 {
	h := fold(k.seed[0]^uint64(p.Flow.VNI)<<32^uint64(p.Flow.VLAN), k.seed[1]^uint64(p.group)<<16^uint64(p.flags&flagGroup))
	if p.l4 == 0 {
		at := p.inner
		if !p.has(flagL2) {
			at = p.l3
		}
		return k.mix(h, p.buf[at:p.end])
	}
	var header [wire.IPv6Len]byte
	packet := p.L3()
	n := copy(header[:wire.IPv4MinLen], packet)
	if packet[0]>>4 == 6 {
		n = copy(header[:], packet)
		header[7] = 0 // hop limit
	} else {
		header[8], header[10], header[11] = 0, 0, 0 // time to live, checksum
	}
	return k.mix(k.mix(h, header[:]), packet[n:])
}

// mix hashes b on top of h.
func (k *known) mix(h uint64, b []byte) uint64 {
	h ^= uint64(len(b))
	for ; len(b) >= 16; b = b[16:] {
		h = fold(h^binary.LittleEndian.Uint64(b), k.seed[0]^binary.LittleEndian.Uint64(b[8:]))
	}
	var rest [16]byte
	copy(rest[:], b)
	return fold(h^binary.LittleEndian.Uint64(rest[:]), k.seed[1]^binary.LittleEndian.Uint64(rest[8:])) | 1
}
