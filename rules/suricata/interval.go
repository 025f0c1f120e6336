package suricata

import (
	"cmp"
	"slices"
)

// space is an ordered set of values with neighbours: addresses of a family, or
// ports.
type space[T any] struct {
	compare     func(a, b T) int
	next, prev  func(T) T
	first, last T
}

type interval[T any] struct{ first, last T }

// join returns the intervals in order, overlapping and touching ones as one.
func (s *space[T]) join(list []interval[T]) []interval[T] {
	slices.SortFunc(list, func(a, b interval[T]) int {
		return cmp.Or(s.compare(a.first, b.first), s.compare(a.last, b.last))
	})
	var out []interval[T]
	for _, v := range list {
		if n := len(out); n > 0 && s.touches(out[n-1], v) {
			if s.compare(out[n-1].last, v.last) < 0 {
				out[n-1].last = v.last
			}
			continue
		}
		out = append(out, v)
	}
	return out
}

func (s *space[T]) touches(a, b interval[T]) bool {
	return s.compare(a.last, s.last) == 0 || s.compare(b.first, s.next(a.last)) <= 0
}

// complement returns what joined intervals leave over.
func (s *space[T]) complement(list []interval[T]) []interval[T] {
	var out []interval[T]
	from := s.first
	for _, v := range list {
		if s.compare(from, v.first) < 0 {
			out = append(out, interval[T]{from, s.prev(v.first)})
		}
		if s.compare(v.last, s.last) == 0 {
			return out
		}
		from = s.next(v.last)
	}
	return append(out, interval[T]{from, s.last})
}

// without returns a and not b, both joined.
func (s *space[T]) without(a, b []interval[T]) []interval[T] {
	if len(b) == 0 {
		return a
	}
	return s.complement(s.join(append(s.complement(a), b...)))
}
