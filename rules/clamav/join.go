package clamav

// join adds what was read into another set, whose files keep their numbers.
func (s *Set) join(o *Set) {
	from := uint32(len(s.Files))
	s.Files = append(s.Files, o.Files...)
	for _, l := range []struct {
		into *[]Hash
		list []Hash
	}{{&s.Hashes, o.Hashes}, {&s.Sections, o.Sections}, {&s.Imports, o.Imports}, {&s.Trusted, o.Trusted}} {
		for i := range l.list {
			l.list[i].File += from
		}
		*l.into = append(*l.into, l.list...)
	}
	for i := range o.Bodies {
		o.Bodies[i].File += from
	}
	for i := range o.Logical {
		o.Logical[i].File += from
	}
	for i := range o.Members {
		o.Members[i].File += from
	}
	for i := range o.Ignored {
		o.Ignored[i].File += from
	}
	s.Bodies, s.Logical = append(s.Bodies, o.Bodies...), append(s.Logical, o.Logical...)
	s.Members, s.Ignored = append(s.Members, o.Members...), append(s.Ignored, o.Ignored...)
	s.Skipped, s.Problems = append(s.Skipped, o.Skipped...), append(s.Problems, o.Problems...)
}
