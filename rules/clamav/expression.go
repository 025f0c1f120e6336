package clamav

import (
	"errors"
	"fmt"
	"strconv"
)

// Expression says how many patterns of a logical signature must be there.
type Expression struct {
	Op   byte // '&', '|', or 0 for the pattern Sub
	Sub  int
	Kids []Expression
	// Compare is '=', '>' or '<' if the number of places where patterns were found is
	// compared with Count; 0 if one place is enough.
	Compare  byte
	Count    int
	Distinct int // so many different patterns must be there, at least
}

const (
	maxDepth = 16
	maxSubs  = 64 // patterns of one signature, as in ClamAV
)

// parseExpression reads an expression such as "0&(1|2)>3,2", of n patterns.
func parseExpression(text string, n int) (Expression, error) {
	p := expressionParser{text: text, n: n}
	e, err := p.either(0)
	if err == nil && p.text != "" {
		err = fmt.Errorf("bad expression: unexpected %q", cut(p.text))
	}
	return e, err
}

type expressionParser struct {
	text string
	n    int
}

// either reads terms with | between them.
func (p *expressionParser) either(depth int) (Expression, error) {
	return p.list('|', func() (Expression, error) {
		return p.list('&', func() (Expression, error) { return p.term(depth) })
	})
}

// list reads operands with an operator between them.
func (p *expressionParser) list(op byte, operand func() (Expression, error)) (Expression, error) {
	first, err := operand()
	if err != nil || p.text == "" || p.text[0] != op {
		return first, err
	}
	e := Expression{Op: op, Kids: []Expression{first}}
	for p.text != "" && p.text[0] == op {
		p.text = p.text[1:]
		next, err := operand()
		if err != nil {
			return e, err
		}
		e.Kids = append(e.Kids, next)
	}
	return e, nil
}

// term reads a pattern's number or a block in parentheses, and what its count is compared
// with.
func (p *expressionParser) term(depth int) (e Expression, err error) {
	switch {
	case p.text == "":
		return e, errors.New("bad expression: it ends too early")
	case depth > maxDepth:
		return e, errors.New("bad expression: nested too deep")
	case p.text[0] == '(':
		p.text = p.text[1:]
		if e, err = p.either(depth + 1); err != nil {
			return e, err
		}
		if p.text == "" || p.text[0] != ')' {
			return e, errors.New("bad expression: ) is missing")
		}
		p.text = p.text[1:]
		if e.Compare != 0 { // of the inner block: it stays one of its own
			e = Expression{Op: '|', Kids: []Expression{e}}
		}
	default:
		if e.Sub, err = p.number(); err != nil {
			return e, err
		}
		if e.Sub >= p.n {
			return e, fmt.Errorf("bad expression: there is no pattern %d", e.Sub)
		}
	}
	return e, p.compare(&e)
}

func (p *expressionParser) compare(e *Expression) (err error) {
	if p.text == "" || p.text[0] != '=' && p.text[0] != '<' && p.text[0] != '>' {
		return nil
	}
	e.Compare, p.text = p.text[0], p.text[1:]
	if e.Count, err = p.number(); err != nil {
		return err
	}
	if p.text != "" && p.text[0] == ',' {
		p.text = p.text[1:]
		e.Distinct, err = p.number()
	}
	return err
}

func (p *expressionParser) number() (int, error) {
	end := 0
	for end < len(p.text) && '0' <= p.text[end] && p.text[end] <= '9' {
		end++
	}
	n, err := strconv.ParseUint(p.text[:end], 10, 31)
	if err != nil {
		return 0, fmt.Errorf("bad expression: expected a number at %q", cut(p.text))
	}
	p.text = p.text[end:]
	return int(n), nil
}

// Holds says whether the expression is met, if count says in how many places each pattern
// was found.
func (e *Expression) Holds(count func(sub int) int) bool {
	holds, _, _ := e.eval(count)
	return holds
}

func (e *Expression) eval(count func(int) int) (holds bool, total, distinct int) {
	if e.Op == 0 {
		if total = count(e.Sub); total > 0 {
			distinct = 1
		}
		holds = total > 0
	} else {
		holds = e.Op == '&'
		for i := range e.Kids {
			one, n, d := e.Kids[i].eval(count)
			total, distinct = total+n, distinct+d
			if e.Op == '&' {
				holds = holds && one
			} else {
				holds = holds || one
			}
		}
	}
	switch e.Compare {
	case '=':
		holds = total == e.Count
	case '>':
		holds = total > e.Count
	case '<':
		holds = total < e.Count
	}
	return holds && distinct >= e.Distinct, total, distinct
}
