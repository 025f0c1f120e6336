package clamav

import (
	"strconv"
	"strings"
)

// maxDepth bounds the nesting of an expression.
const maxDepth = 32

// exprReader reads an expression such as "(0|1)>2,2&3=0". As in ClamAV neither & nor |
// binds closer: what stands right of one is its second argument as a whole.
type exprReader struct {
	field string
	text  string
	at    int
	subs  int // how many subsignatures there are
}

func expression(field, text string, subs int) (Expr, *fault) {
	r := exprReader{field: field, text: text, subs: subs}
	e, f := r.sequence(0)
	if f == nil && r.at < len(text) {
		f = r.unexpected("an operator")
	}
	return e, f
}

func (r *exprReader) unexpected(want string) *fault {
	return bad(r.field, "%.20q at %d: expected %s", r.text[r.at:], r.at, want)
}

func (r *exprReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

// sequence reads terms joined by operators.
func (r *exprReader) sequence(depth int) (Expr, *fault) {
	if depth > maxDepth {
		return Expr{}, bad(r.field, "nested deeper than %d", maxDepth)
	}
	first, f := r.term(depth)
	if f != nil {
		return first, f
	}
	all := []Expr{first}
	var ops []Op
	for r.peek() == '&' || r.peek() == '|' {
		op := And
		if r.peek() == '|' {
			op = Or
		}
		r.at++
		e, f := r.term(depth)
		if f != nil {
			return e, f
		}
		all, ops = append(all, e), append(ops, op)
	}
	return join(all, ops), nil
}

// join folds terms from the right; those with one operator become one node.
func join(all []Expr, ops []Op) Expr {
	last := all[len(all)-1]
	if len(ops) == 0 {
		return last
	}
	same := 1
	for same < len(ops) && ops[same] == ops[0] {
		same++
	}
	if same == len(ops) {
		return Expr{Op: ops[0], Args: all}
	}
	rest := join(all[same:], ops[same:])
	return Expr{Op: ops[0], Args: append(all[:same:same], rest)}
}

// term reads a subsignature or a group, and its comparison.
func (r *exprReader) term(depth int) (e Expr, f *fault) {
	if r.peek() == '(' {
		r.at++
		if e, f = r.sequence(depth + 1); f != nil {
			return e, f
		}
		if r.peek() != ')' {
			return e, r.unexpected(")")
		}
		r.at++
		if e.Compare != Some && strings.IndexByte("=<>", r.peek()) >= 0 && r.peek() != 0 {
			e = Expr{Op: And, Args: []Expr{e}}
		}
	} else {
		n, f := r.number("the number of a subsignature or (")
		if f != nil {
			return e, f
		}
		if int64(n) >= int64(r.subs) {
			return e, bad(r.field, "subsignature %d: there are %d", n, r.subs)
		}
		e.Sub = int(n)
	}
	return e, r.comparison(&e)
}

func (r *exprReader) comparison(e *Expr) (f *fault) {
	switch r.peek() {
	case '=':
		e.Compare = Equal
	case '>':
		e.Compare = More
	case '<':
		e.Compare = Less
	default:
		return nil
	}
	r.at++
	if e.N, f = r.number("a number"); f != nil || r.peek() != ',' {
		return f
	}
	r.at++
	e.Distinct, f = r.number("a number")
	return f
}

func (r *exprReader) number(want string) (uint32, *fault) {
	end := r.at
	for end < len(r.text) && r.text[end] >= '0' && r.text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseUint(r.text[r.at:end], 10, 32)
	if err != nil {
		return 0, r.unexpected(want)
	}
	r.at = end
	return uint32(n), nil
}
