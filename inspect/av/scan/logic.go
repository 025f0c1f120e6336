package scan

import "vxwall/rules/clamav"

// node is an expression in a row: a node, then its arguments.
type node struct {
	op       clamav.Op
	compare  clamav.Compare
	size     uint16 // of the row: this and all below
	fact     uint32 // of Is
	n        uint32
	distinct uint32
}

// flatten writes an expression in a row; facts says what its subsignatures are known by.
func flatten(row []node, e *clamav.Expr, facts []uint32) []node {
	at := len(row)
	row = append(row, node{op: e.Op, compare: e.Compare, n: e.N, distinct: e.Distinct})
	if e.Op == clamav.Is {
		row[at].fact = facts[e.Sub]
	}
	for i := range e.Args {
		row = flatten(row, &e.Args[i], facts)
	}
	row[at].size = uint16(len(row) - at)
	return row
}

// holds evaluates the expression at the beginning of a row.
func (s *state) holds(row []node) bool {
	top := &row[0]
	if top.compare != clamav.Some {
		count, distinct := s.total(row)
		return top.compared(count) && (top.distinct == 0 || distinct >= top.distinct)
	}
	if top.op == clamav.Is {
		return s.count(top.fact) > 0
	}
	for at := 1; at < int(top.size); at += int(row[at].size) {
		if s.holds(row[at:top.size]) == (top.op == clamav.Or) {
			return top.op == clamav.Or
		}
	}
	return top.op == clamav.And
}

func (n *node) compared(count uint32) bool {
	switch n.compare {
	case clamav.Equal:
		return count == n.n
	case clamav.More:
		return count > n.n
	}
	return count < n.n
}

// total is how often the facts of an expression were found, and how many of them.
func (s *state) total(row []node) (count, distinct uint32) {
	for i := range row[:row[0].size] {
		if row[i].op != clamav.Is {
			continue
		}
		n := s.count(row[i].fact)
		count = min(count+n, 1<<31)
		if n > 0 {
			distinct++
		}
	}
	return count, distinct
}

// late says whether more of what is found may make an expression false.
func late(e *clamav.Expr) bool {
	if e.Compare == clamav.Equal || e.Compare == clamav.Less {
		return true
	}
	for i := range e.Args {
		if late(&e.Args[i]) {
			return true
		}
	}
	return false
}

// keys returns subsignatures of which one must be found before the expression can hold: the
// ones that cost least. ok is false if it holds without any.
func keys(e *clamav.Expr, cost func(sub int) int) (subs []int, sum int, ok bool) {
	if e.Compare == clamav.Less || e.Compare == clamav.Equal && e.N == 0 {
		return nil, 0, false
	}
	if e.Op == clamav.Is {
		return []int{e.Sub}, cost(e.Sub), true
	}
	for i := range e.Args {
		one, c, has := keys(&e.Args[i], cost)
		if e.Op == clamav.Or || e.Compare != clamav.Some {
			if !has {
				return nil, 0, false
			}
			subs, sum, ok = append(subs, one...), sum+c, true
		} else if has && (!ok || c < sum) {
			subs, sum, ok = one, c, true
		}
	}
	return subs, sum, ok
}
