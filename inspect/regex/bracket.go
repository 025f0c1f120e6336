package regex

import (
	"errors"
	"fmt"
	"strings"
)

// class reads what follows an opening bracket.
func (p *parser) class() (*node, error) {
	n := &node{kind: nSet}
	negated := p.take("^")
	for first := true; ; first = false {
		if !p.more() {
			return nil, errors.New("unmatched [")
		}
		if !first && p.take("]") {
			break
		}
		if err := p.member(&n.set); err != nil {
			return nil, err
		}
	}
	if p.flags.NoCase {
		n.set = n.set.folded()
	}
	if negated {
		n.set = n.set.not()
	}
	return n, nil
}

// member reads one member of a class: a byte, a range, a class in it.
func (p *parser) member(s *set) error {
	if p.take("[:") {
		return p.posixClass(s)
	}
	low, whole, err := p.classChar(s)
	if err != nil || whole {
		return err
	}
	if !strings.HasPrefix(p.text[p.at:], "-") || strings.HasPrefix(p.text[p.at:], "-]") {
		s.add(low)
		return nil
	}
	p.at++
	high, whole, err := p.classChar(s)
	if err != nil {
		return err
	}
	if whole { // "a-\d" is three members
		s.add(low)
		s.add('-')
		return nil
	}
	if high < low {
		return fmt.Errorf("range %c-%c is out of order", low, high)
	}
	s.addRange(low, high)
	return nil
}

func (p *parser) posixClass(s *set) error {
	name, err := p.until(":]")
	if err != nil {
		return err
	}
	name, negated := strings.CutPrefix(name, "^")
	class, ok := posix[name]
	if !ok {
		return fmt.Errorf("unknown class [:%s:]", name)
	}
	if negated {
		class = class.not()
	}
	s.merge(class)
	return nil
}

// classChar reads a byte, or a whole class that it adds itself.
func (p *parser) classChar(s *set) (b byte, whole bool, err error) {
	if !p.more() {
		return 0, false, errEnd
	}
	c := p.text[p.at]
	p.at++
	if c != '\\' {
		return c, false, nil
	}
	if !p.more() {
		return 0, false, errEnd
	}
	c = p.text[p.at]
	p.at++
	if c == 'b' {
		return 8, false, nil
	}
	if sub, ok := class(c); ok && c != 'N' {
		s.merge(sub)
		return 0, true, nil
	}
	if c == 'E' || c == 'Q' {
		return 0, true, nil
	}
	b, err = p.char(c)
	return b, false, err
}
