package rules

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
)

// maxProblems bounds how many errors, and how many warnings, of one file are
// kept; the rest is counted.
const maxProblems = 1000

// report collects the problems of one load.
type report struct {
	entries []entry
	errors  int // all of them, also those that were not kept
}

type entry struct {
	problem Problem
	order   int
}

func (r *report) errorf(at place, format string, args ...any) {
	r.errors++
	r.add(Error, at, format, args)
}

func (r *report) warnf(at place, format string, args ...any) {
	r.add(Warning, at, format, args)
}

// full says whether further errors of a file are counted only, so that a
// caller can spare itself the search for a good hint.
func (r *report) full(src *source) bool { return src.kept[Error] >= maxProblems }

func (r *report) add(severity Severity, at place, format string, args []any) {
	if at.src.kept[severity] >= maxProblems {
		at.src.dropped[severity]++
		return
	}
	at.src.kept[severity]++
	p := Problem{Pos: at.pos(), Severity: severity, Message: printable(fmt.Sprintf(format, args...))}
	p.Source, p.cut = at.src.excerpt(at.span, p.Line)
	r.entries = append(r.entries, entry{p, at.src.order})
}

// file reports an error of a whole file, which has no line.
func (r *report) file(src *source, message string) {
	r.errors++
	r.entries = append(r.entries, entry{Problem{Pos: Pos{File: src.name}, Message: message}, src.order})
}

// problems returns all that was found in the order of files, lines and columns.
func (r *report) problems(sources []*source) []Problem {
	for _, src := range sources {
		r.close(src)
	}
	slices.SortStableFunc(r.entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.order, b.order),
			cmp.Compare(lineOrder(a.problem), lineOrder(b.problem)),
			cmp.Compare(a.problem.Column, b.problem.Column))
	})
	list := make([]Problem, len(r.entries))
	for i, e := range r.entries {
		list[i] = e.problem
	}
	return list
}

// close adds what was counted only.
func (r *report) close(src *source) {
	n := src.dropped[Error] + src.dropped[Warning]
	if n == 0 {
		return
	}
	severity := Warning
	if src.dropped[Error] > 0 {
		severity = Error
	}
	message := fmt.Sprintf("… and %d more", n)
	r.entries = append(r.entries, entry{Problem{Pos: Pos{File: src.name}, Severity: severity, Message: message}, src.order})
}

// lineOrder puts what concerns the whole file behind its lines.
func lineOrder(p Problem) int {
	if p.Line == 0 {
		return int(^uint(0) >> 1)
	}
	return p.Line
}

func itoa(n int) string { return strconv.Itoa(n) }
