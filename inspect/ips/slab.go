package ips

// slab is room for values of one kind, known by numbers from 1 up. It takes its
// memory once.
type slab[T any] struct {
	items []T
	links []uint32 // of free items
	first uint32   // free item, 0 for none
	fresh uint32   // items from here on were never used
}

func (s *slab[T]) init(n int) {
	s.items, s.links, s.fresh = make([]T, n+1), make([]uint32, n+1), 1
}

func (s *slab[T]) at(n uint32) *T { return &s.items[n] }

// alloc returns a free item, 0 if there is none. It is not cleared.
func (s *slab[T]) alloc() uint32 {
	if n := s.first; n != 0 {
		s.first = s.links[n]
		return n
	}
	if int(s.fresh) == len(s.items) {
		return 0
	}
	s.fresh++
	return s.fresh - 1
}

func (s *slab[T]) free(n uint32) {
	s.links[n] = s.first
	s.first = n
}
