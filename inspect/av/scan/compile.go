package scan

import (
	"slices"
	"strings"

	"vxwall/inspect/regex"
	"vxwall/rules/clamav"
)

// compiler makes a database.
type compiler struct {
	*Database
	set      *clamav.Set
	problems []clamav.Problem
	rarity   rarity
	known    map[string]uint32 // patterns that are there: fact
	facts    uint32
	used     []uint32 // by fact: how many subsignatures are it
	keyPairs [][2]uint32
	grams    [clamav.Targets][2][]use // of long pieces, and of short ones
	codes    map[string]uint32
	ignored  map[string]bool
	key      []byte
}

// Compile compiles signatures. What cannot be used is a problem.
func Compile(set *clamav.Set) (*Database, []clamav.Problem) {
	c := &compiler{Database: &Database{offsets: make([]clamav.Offset, 1), compared: map[uint32][]uint32{}}, set: set,
		rarity: newRarity(), known: map[string]uint32{}, codes: map[string]uint32{}, ignored: map[string]bool{}}
	for _, f := range set.Files {
		c.paths = append(c.paths, f.Name)
	}
	for i := range set.Ignored {
		c.ignored[set.Ignored[i].Name] = true
	}
	c.hashes()
	c.countGrams()
	for i := range set.Bodies {
		c.body(&set.Bodies[i])
	}
	for i := range set.Logical {
		c.logical(&set.Logical[i])
	}
	for i := range set.Members {
		if !c.ignored[set.Members[i].Name] {
			c.members = append(c.members, set.Members[i])
		}
	}
	c.finish()
	return c.Database, c.problems
}

// hashes adds those that are not ignored.
func (c *compiler) hashes() {
	for _, l := range []struct {
		to   *hashes
		list []clamav.Hash
	}{{&c.files, c.set.Hashes}, {&c.sections, c.set.Sections}, {&c.imports, c.set.Imports}, {&c.trusted, c.set.Trusted}} {
		if len(c.ignored) > 0 {
			l.list = slices.DeleteFunc(slices.Clone(l.list), func(h clamav.Hash) bool { return c.ignored[h.Name] })
		}
		if l.to == &c.trusted {
			l.to.add(l.list, func(*clamav.Hash) uint32 { return 0 })
			continue
		}
		l.to.add(l.list, func(h *clamav.Hash) uint32 { return c.sign(h.Name, h.Ref) })
	}
}

// sign makes a signature known by its name. What is not ClamAV's own says so in its name.
func (c *compiler) sign(name string, r clamav.Ref) uint32 {
	c.sigs = append(c.sigs, sig{uint32(len(c.names)), r.Line, r.File})
	c.names = append(c.names, name...)
	if !c.set.Files[r.File].Official {
		c.names = append(c.names, unofficial...)
	}
	return uint32(len(c.sigs) - 1)
}

const unofficial = ".UNOFFICIAL"

func (c *compiler) refuse(name string, r clamav.Ref, reason string) {
	c.problems = append(c.problems, clamav.Problem{Pos: c.set.Pos(r), Name: name, Reason: reason})
}

// countGrams learns which grams many patterns have.
func (c *compiler) countGrams() {
	count := func(p *clamav.Pattern) {
		for i := range p.Parts {
			c.rarity.add(p.Parts[i].Bytes)
		}
	}
	for i := range c.set.Bodies {
		count(&c.set.Bodies[i].Pattern)
	}
	for i := range c.set.Logical {
		for _, s := range c.set.Logical[i].Subs {
			if s.Pattern != nil {
				count(s.Pattern)
			}
		}
	}
}

// textual says whether files of a kind are compared without regard to case, as they would be
// once made normal.
func textual(t clamav.Target) bool { return t == clamav.HTML || t == clamav.Text }

func (c *compiler) body(b *clamav.Body) {
	if c.ignored[b.Name] {
		return
	}
	b.Pattern.NoCase = b.Pattern.NoCase || textual(b.Target)
	fact, reason := c.pattern(&b.Pattern, b.Offset, b.Target)
	if reason != "" {
		c.refuse(b.Name, b.Ref, reason)
		return
	}
	e := clamav.Expr{}
	c.add(logical{whole: -1, late: b.Offset.Base == clamav.End}, &e, []uint32{fact}, c.sign(b.Name, b.Ref))
}

// add adds a signature whose facts are known.
func (c *compiler) add(l logical, e *clamav.Expr, facts []uint32, sig uint32) {
	l.row, l.sig = uint32(len(c.rows)), sig
	c.rows = flatten(c.rows, e, facts)
	c.watch(e, facts, uint32(len(c.logicals)))
	c.logicals = append(c.logicals, l)
}

// watch has a signature, or regular expression, judged when one of its keys is found.
func (c *compiler) watch(e *clamav.Expr, facts []uint32, what uint32) {
	subs, _, _ := keys(e, c.cost(facts))
	for _, sub := range subs {
		c.keyPairs = append(c.keyPairs, [2]uint32{facts[sub], what})
	}
}

// cost says how often a fact is used: the rarer, the better a key.
func (c *compiler) cost(facts []uint32) func(int) int {
	return func(sub int) int { return 1 + int(c.used[facts[sub]]) }
}

func (c *compiler) newFact() uint32 {
	c.facts++
	c.used = append(c.used, 0)
	return c.facts - 1
}

func (c *compiler) logical(l *clamav.Logical) {
	if c.ignored[l.Name] {
		return
	}
	reason := c.unfit(l)
	var facts []uint32
	if reason == "" {
		facts, reason = c.subs(l)
	}
	if reason != "" {
		c.refuse(l.Name, l.Ref, reason)
		return
	}
	one := logical{whole: c.whole(&l.Block), late: late(&l.Expr) || l.FileSize != clamav.Unlimited}
	for i := range l.Subs {
		s := &l.Subs[i]
		one.late = one.late || s.Offset.Base == clamav.End
		if s.Regexp != nil {
			c.regexps[len(c.regexps)-1-c.regexpsAfter(l, i)].row = uint32(len(c.rows))
			c.rows = flatten(c.rows, &s.Regexp.Trigger, facts)
			c.watch(&s.Regexp.Trigger, facts, uint32(len(c.regexps)-1-c.regexpsAfter(l, i))|isRegexp)
		}
		if s.Bytes != nil {
			c.compared[facts[s.Bytes.Sub]] = append(c.compared[facts[s.Bytes.Sub]], uint32(len(c.compares)))
			c.compares = append(c.compares, comparison{s.Bytes, facts[i]})
		}
	}
	c.add(one, &l.Expr, facts, c.sign(l.Name, l.Ref))
}

func (c *compiler) regexpsAfter(l *clamav.Logical, i int) (n int) {
	for _, s := range l.Subs[i+1:] {
		if s.Regexp != nil {
			n++
		}
	}
	return n
}

// unfit says why a signature is not used.
func (c *compiler) unfit(l *clamav.Logical) string {
	switch {
	case l.Icon:
		return "icons of programs are not compared"
	case l.Handler != "":
		return "files are not read as another type (HandlerType)"
	}
	if _, _, ok := keys(&l.Expr, func(int) int { return 1 }); !ok {
		return "it holds though nothing is found"
	}
	for i := range l.Subs {
		if r := l.Subs[i].Regexp; r != nil {
			if _, _, ok := keys(&r.Trigger, func(int) int { return 1 }); !ok {
				return "a regular expression's trigger holds though nothing is found"
			}
		}
	}
	return ""
}

// subs makes facts of subsignatures.
func (c *compiler) subs(l *clamav.Logical) (facts []uint32, reason string) {
	regexps := len(c.regexps)
	for i := range l.Subs {
		s := &l.Subs[i]
		var fact uint32
		switch {
		case s.Pattern != nil:
			s.Pattern.NoCase = s.Pattern.NoCase || textual(l.Target)
			fact, reason = c.pattern(s.Pattern, s.Offset, l.Target)
		case s.Regexp != nil:
			fact, reason = c.regexp(s, l.Target)
		default:
			fact = c.newFact()
		}
		if reason != "" {
			c.regexps = c.regexps[:regexps]
			return nil, reason
		}
		c.used[fact]++
		facts = append(facts, fact)
	}
	return facts, ""
}

func (c *compiler) regexp(s *clamav.Sub, target clamav.Target) (fact uint32, reason string) {
	has := func(flag string) bool { return strings.Contains(s.Regexp.Flags, flag) }
	re, err := regex.Compile(s.Regexp.Text, regex.Flags{NoCase: has("i") || textual(target), DotAll: has("s"), Multi: has("m"),
		Extended: has("x"), Ungreedy: has("U"), DollarEnd: has("E"), Anchored: has("A")})
	if err != nil {
		return 0, "regular expression: " + err.Error()
	}
	fact = c.newFact()
	c.regexps = append(c.regexps, expression{re: re, fact: fact, offset: c.offset(s.Offset), target: target})
	return fact, ""
}

func (c *compiler) offset(o clamav.Offset) uint32 {
	if o.Base == clamav.Anywhere {
		return 0
	}
	if n := len(c.offsets) - 1; n > 0 && c.offsets[n] == o {
		return uint32(n)
	}
	c.offsets = append(c.offsets, o)
	return uint32(len(c.offsets) - 1)
}

// whole keeps what a block asks of the file as a whole.
func (c *compiler) whole(b *clamav.Block) int32 {
	w := whole{b.FileSize, b.EntryPoint, b.Sections, b.Container, b.Intermediates}
	if w.size == clamav.Unlimited && w.entry == clamav.Unlimited && w.sections == clamav.Unlimited &&
		w.container == "" && w.intermediates == nil {
		return -1
	}
	c.wholes = append(c.wholes, w)
	return int32(len(c.wholes) - 1)
}
