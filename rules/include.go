package rules

import "strings"

// maxInclude is how deep segments may include one another.
const maxInclude = 32

// resolveIncludes fills in Include of all segments and reports cycles, after
// which no include leads back to itself.
func (d *decoder) resolveIncludes(segments *names) {
	for i := range d.segments {
		s := &d.segments[i]
		for _, r := range s.include {
			k, ok := d.find(segments, r)
			if !ok {
				s.broken = true
				continue
			}
			d.segments[k].used = true
			s.Include = append(s.Include, k)
			s.includeAt = append(s.includeAt, r.at)
		}
	}
	w := includeWalk{decoder: d, depth: make([]int, len(d.segments))}
	for i := range d.segments {
		w.visit(i)
	}
}

// includeWalk visits every segment once, included ones first.
type includeWalk struct {
	*decoder
	depth []int // 0: not visited; visiting; else 1 + levels of includes below
	path  []int // segments being visited, outermost first
}

const visiting = -1

// visit recurses no deeper than maxInclude.
func (w *includeWalk) visit(i int) {
	if w.depth[i] != 0 {
		return
	}
	w.depth[i] = visiting
	w.path = append(w.path, i)
	s := &w.segments[i]
	depth := 1
	for n, k := range s.Include {
		at := s.includeAt[n]
		switch {
		case w.depth[k] == visiting:
			w.errorf(at, "include goes in a circle: %s", w.circle(k))
			s.broken = true
			continue
		case len(w.path) > maxInclude:
			w.errorf(at, "includes are nested deeper than %d", maxInclude)
			s.broken = true
			continue
		}
		w.visit(k)
		depth = max(depth, w.depth[k]+1)
		s.broken = s.broken || w.segments[k].broken
	}
	w.path = w.path[:len(w.path)-1]
	w.depth[i] = depth
	if depth > maxInclude+1 {
		w.errorf(s.at, "includes are nested deeper than %d", maxInclude)
		s.broken = true
	}
}

// circle names the segments from k, which is being visited, back to it.
func (w *includeWalk) circle(k int) string {
	start := len(w.path) - 1
	for w.path[start] != k {
		start--
	}
	var names []string
	for _, i := range w.path[start:] {
		names = append(names, quoteElement(w.segments[i].Name))
	}
	names = append(names, names[0])
	return strings.Join(names, " includes ")
}
