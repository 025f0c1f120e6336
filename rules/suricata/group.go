package suricata

import (
	"fmt"
	"strings"
)

// maxDepth bounds brackets in brackets and variables in variables.
const maxDepth = 32

// group reads the sets of addresses and ports that headers and variables name:
// "any", "!x", "[a,b,!c]", "$NAME". A list is all that it names without "!"
// (everything, if it names nothing so) and without what it names with "!".
// Negation is that of sets at any depth; Suricata turns the signs of a negated
// list one by one, which is another set for !$NAME with a negated part.
type group[S any] struct {
	vars    map[string]string
	kind    string // in messages: "address", "port"
	single  func(string) (S, error)
	add     func(a, b S) S // a's to change; the result is not joined yet
	join    func(S) S
	without func(a, b S) S
	none    S
	all     S
	cache   map[string]cached[S] // by variable
}

type cached[S any] struct {
	set S
	err error
}

func (g *group[S]) parse(text string, depth int) (S, error) {
	text = strings.TrimSpace(text)
	switch {
	case depth > maxDepth:
		return g.none, fmt.Errorf("too deep: expected at most %d lists or variables within each other", maxDepth)
	case text == "":
		return g.none, fmt.Errorf("empty %s: expected %s", g.kind, g.want())
	case strings.EqualFold(text, "any"):
		return g.all, nil
	case text[0] == '!':
		set, err := g.parse(text[1:], depth+1)
		return g.without(g.all, set), err
	case text[0] == '$':
		return g.variable(text[1:], depth)
	case text[0] == '[':
		if closingBracket(text) != len(text)-1 {
			return g.none, fmt.Errorf("bad list %q: expected [one,two]", short(text))
		}
		return g.list(text[1:len(text)-1], depth)
	}
	return g.single(text)
}

func (g *group[S]) want() string {
	if g.kind == "port" {
		return "any, a port, a range such as 1024:2000, a list or a variable, with or without !"
	}
	return "any, an address, a prefix, a list or a variable, with or without !"
}

func (g *group[S]) variable(name string, depth int) (S, error) {
	if c, ok := g.cache[name]; ok {
		return c.set, c.err
	}
	text, ok := g.vars[name]
	if !ok {
		return g.none, fmt.Errorf("unknown %s variable $%s: expected one of vars", g.kind, short(name))
	}
	var c cached[S]
	if strings.Contains(text, ",") && !strings.HasPrefix(strings.TrimLeft(text, " !"), "[") {
		text = "[" + text + "]"
	}
	if c.set, c.err = g.parse(text, depth+1); c.err != nil && depth == 0 {
		c.err = fmt.Errorf("$%s: %w", name, c.err)
	}
	if depth == 0 || c.err == nil {
		g.cache[name] = c
	}
	return c.set, c.err
}

// list reads what stands between brackets.
func (g *group[S]) list(text string, depth int) (S, error) {
	in, not, some := g.none, g.none, false
	for text != "" {
		item, rest := cutItem(text)
		negated := strings.HasPrefix(item, "!")
		set, err := g.parse(strings.TrimPrefix(item, "!"), depth+1)
		if err != nil {
			return g.none, err
		}
		if negated {
			not = g.add(not, set)
		} else {
			in, some = g.add(in, set), true
		}
		text = rest
	}
	if !some {
		in = g.all
	}
	return g.without(g.join(in), g.join(not)), nil
}

// cutItem returns the first item of a list, without spaces, and the rest.
func cutItem(text string) (item, rest string) {
	depth := 0
	for i := range len(text) {
		switch text[i] {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth == 0 {
				return strings.TrimSpace(text[:i]), text[i+1:]
			}
		}
	}
	return strings.TrimSpace(text), ""
}

// closingBracket returns the index of the bracket that closes the first one.
func closingBracket(text string) int {
	depth := 0
	for i := range len(text) {
		if text[i] == '[' {
			depth++
		} else if text[i] == ']' {
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return -1
}
