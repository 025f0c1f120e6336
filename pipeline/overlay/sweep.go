package overlay

import "time"

const (
	sweepEvery = int64(time.Second)
	sweepParts = 64 // of the table, one at a time
)

// Sweep removes what is out of date, a part of the table at a time. Workers call
// it after each batch; it does something once per second.
func (f *FDB) Sweep(now int64) {
	last := f.swept.Load()
	if now-last < sweepEvery && now >= last || !f.swept.CompareAndSwap(last, now) {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	second := seconds(now)
	for range max(1, len(f.sets)/sweepParts) {
		f.removeIf(f.cursor, func(value uint64) bool { return f.expired(value, second) })
		f.cursor = (f.cursor + 1) % len(f.sets)
	}
}

// forget removes what is behind a peer.
func (f *FDB) forget(name uint16) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for set := range f.sets {
		f.removeIf(set, func(value uint64) bool { return nameOf(value) == name })
	}
}

// Flush removes everything.
func (f *FDB) Flush() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for set := range f.sets {
		f.removeIf(set, func(uint64) bool { return true })
	}
}

// removeIf empties the slots of a set of which a function says so, under mu.
func (f *FDB) removeIf(set int, condition func(value uint64) bool) {
	for way := range f.sets[set] {
		s := &f.sets[set][way]
		if s.key.Load() != 0 && condition(s.value.Load()) {
			f.clear(s)
		}
	}
}

// Stats are what an FDB counted.
type Stats struct {
	Entries        uint64 // at present, some of which may be out of date
	Moves          uint64 // addresses heard from another peer than before
	Full           uint64 // not learned: the network has its share
	Contradictions uint64 // packets whose source an Entry has behind another peer
}

// Stats returns the counters.
func (f *FDB) Stats() Stats {
	return Stats{f.used.Load(), f.moves.Load(), f.full.Load(), f.contradictions.Load()}
}

// Learned is an entry of an FDB.
type Learned struct {
	Network uint32
	MAC     [6]byte
	VTEP    [16]byte
	Port    uint16
	Idle    time.Duration // since the last packet
}

// Learned calls yield for what is learned at a time, until it returns false.
func (o *Overlay) Learned(now int64, yield func(Learned) bool) {
	m, f := o.Load(), o.FDB
	for set := range f.sets {
		for way := range f.sets[set] {
			s := &f.sets[set][way]
			key, value := s.key.Load(), s.value.Load()
			t := m.named(nameOf(value))
			if key == 0 || key&seqMask != value&seqMask || t == nil || f.expired(value, seconds(now)) {
				continue
			}
			mac := key >> 16
			l := Learned{
				Network: uint32(value >> 40), VTEP: t.address, Port: t.port,
				MAC: [6]byte{byte(mac >> 40), byte(mac >> 32), byte(mac >> 24), byte(mac >> 16), byte(mac >> 8), byte(mac)},
			}
			if age := (seconds(now) - value>>ageShift) & ageMask; age < notYet {
				l.Idle = time.Duration(age) * time.Second
			}
			if !yield(l) {
				return
			}
		}
	}
}
