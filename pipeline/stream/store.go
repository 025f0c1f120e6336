package stream

// Store keeps copies of frames, within a bound of memory. It belongs to one goroutine.
type Store struct {
	slabs    slabs
	headroom int
	lent     [][]byte
}

// Kept is the copy of a frame in a Store.
type Kept struct {
	Frame  []byte // with the store's headroom in front of it
	buffer []byte // which it lies in
}

// NewStore returns an empty store for so many bytes, with so much room in front of each
// frame, for longer headers.
func NewStore(memory, headroom int) *Store {
	return &Store{slabs: slabs{limit: memory}, headroom: headroom}
}

// Keep copies a frame. It reports false if there is no room.
func (s *Store) Keep(frame []byte) (Kept, bool) {
	buffer := s.slabs.get(s.headroom + len(frame))
	if buffer == nil {
		return Kept{}, false
	}
	k := Kept{Frame: buffer[s.headroom:], buffer: buffer}
	copy(k.Frame, frame)
	return k, true
}

// Free takes back the memory of a frame that nobody needs.
func (s *Store) Free(k Kept) { s.slabs.put(k.buffer) }

// Lend leaves the frame valid until Reclaim.
func (s *Store) Lend(k Kept) { s.lent = append(s.lent, k.buffer) }

// Reclaim makes the memory of all frames lent available again.
func (s *Store) Reclaim() {
	for _, buffer := range s.lent {
		s.slabs.put(buffer)
	}
	s.lent = s.lent[:0]
}
