package stream

// slabSizes are the sizes of buffers, in bytes: a frame of a 1500-byte network,
// a jumbo frame, and the largest there is (IP packet with link header).
var slabSizes = [...]int{2048, 16384, 65536 + 512}

// slabs hands out buffers and takes them back. Buffers are made when first
// needed and kept for reuse, so that a steady state allocates nothing.
type slabs struct {
	free  [len(slabSizes)][][]byte
	made  int // bytes
	limit int // bytes
}

// get returns a buffer for n bytes, or nil if that would exceed the limit.
func (s *slabs) get(n int) []byte {
	for class, size := range slabSizes {
		if n > size {
			continue
		}
		if free := s.free[class]; len(free) > 0 {
			b := free[len(free)-1]
			s.free[class] = free[:len(free)-1]
			return b[:n]
		}
		if s.made+size <= s.limit || s.shrink(class, size) {
			s.made += size
			return make([]byte, n, size)
		}
		return nil
	}
	return nil
}

// possible says whether a buffer for n bytes may exist at all.
func (s *slabs) possible(n int) bool {
	for _, size := range slabSizes {
		if n <= size {
			return size <= s.limit
		}
	}
	return false
}

// shrink lets go of free buffers of other sizes until size bytes may be made.
func (s *slabs) shrink(class, size int) bool {
	for other := range s.free {
		for other != class && len(s.free[other]) > 0 && s.made+size > s.limit {
			s.free[other] = s.free[other][:len(s.free[other])-1]
			s.made -= slabSizes[other]
		}
	}
	return s.made+size <= s.limit
}

// put takes a buffer back.
func (s *slabs) put(b []byte) {
	for class, size := range slabSizes {
		if cap(b) == size {
			s.free[class] = append(s.free[class], b)
			return
		}
	}
}
