package regex

import (
	"errors"
	"fmt"
	"strings"
)

// group reads what follows an opening parenthesis.
func (p *parser) group() (*node, error) {
	switch {
	case p.take("?:"):
		return p.closed(&node{kind: nCat})
	case p.take("?>"):
		return p.closed(&node{kind: nAtomic})
	case p.take("?="):
		return p.closed(&node{kind: nLook})
	case p.take("?!"):
		return p.closed(&node{kind: nLook, negated: true})
	case p.take("?<="):
		return p.closed(&node{kind: nLook, behind: true})
	case p.take("?<!"):
		return p.closed(&node{kind: nLook, behind: true, negated: true})
	case p.take("?P="):
		return p.reference(")")
	case p.take("?P<"), p.take("?<"):
		return p.namedGroup(">")
	case p.take("?'"):
		return p.namedGroup("'")
	case p.take("?"):
		return p.inline()
	case strings.HasPrefix(p.text[p.at:], "*"):
		return nil, errors.New("verbs are not supported")
	}
	return p.capture()
}

func (p *parser) capture() (*node, error) {
	if p.groups++; p.groups >= maxGroups {
		return nil, errors.New("too many groups")
	}
	return p.closed(&node{kind: nGroup, n: p.groups})
}

func (p *parser) namedGroup(end string) (*node, error) {
	name, err := p.until(end)
	if err != nil {
		return nil, err
	}
	p.names[name] = p.groups + 1
	return p.capture()
}

// reference reads a name and refers to its group.
func (p *parser) reference(end string) (*node, error) {
	name, err := p.until(end)
	if err != nil {
		return nil, err
	}
	n, ok := p.names[name]
	if !ok {
		return nil, fmt.Errorf("no group %q", name)
	}
	return &node{kind: nBack, n: n, fold: p.flags.NoCase}, nil
}

func (p *parser) until(end string) (string, error) {
	text, _, ok := strings.Cut(p.text[p.at:], end)
	if !ok {
		return "", errEnd
	}
	p.at += len(text) + len(end)
	return text, nil
}

// closed reads the inside of a group and its closing parenthesis.
func (p *parser) closed(n *node) (*node, error) {
	sub, err := p.alternatives()
	if err != nil {
		return nil, err
	}
	if !p.take(")") {
		return nil, errEnd
	}
	n.subs = []*node{sub}
	return n, nil
}

// inline reads (?flags) and (?flags:...).
func (p *parser) inline() (*node, error) {
	saved, on := p.flags, true
	for p.more() {
		c := p.text[p.at]
		p.at++
		switch c {
		case '-':
			on = false
		case ')':
			return nil, nil // the flags hold up to the end of the group around
		case ':':
			n, err := p.closed(&node{kind: nCat})
			p.flags = saved
			return n, err
		default:
			if err := p.setFlag(c, on); err != nil {
				return nil, err
			}
		}
	}
	return nil, errEnd
}

func (p *parser) setFlag(c byte, on bool) error {
	switch c {
	case 'i':
		p.flags.NoCase = on
	case 's':
		p.flags.DotAll = on
	case 'm':
		p.flags.Multi = on
	case 'x':
		p.flags.Extended = on
	case 'U':
		p.flags.Ungreedy = on
	default:
		return fmt.Errorf("(?%c is not supported", c)
	}
	return nil
}
