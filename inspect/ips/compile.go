package ips

import (
	"slices"

	"vxwall/inspect/ips/chain"
	"vxwall/rules/suricata"
)

// compiler makes an engine of signatures.
type compiler struct {
	engine   *Engine
	options  *Options
	sets     map[string]int32
	keys     map[string]int32
	datasets map[string]*dataset
	problems []suricata.Problem
}

// builder makes a rule of one signature.
type builder struct {
	*compiler
	sig     *suricata.Signature
	rule    *rule
	chains  chain.Compiler
	packet  bool // has conditions on the packet: it cannot be judged by its stream
	session bool // has conditions that may change from packet to packet
	flowed  bool // has the keyword flow
	// established: that one asks for more than a direction
	established bool
	apps        []string
	problem     *suricata.Problem
}

// defaultOrder is Suricata's.
var defaultOrder = []suricata.Action{suricata.Pass, suricata.Drop, suricata.Reject, suricata.Alert}

// Compile makes an engine of the signatures that can be used. The others are
// problems, with the keyword that stands in the way. It keeps sigs.
func Compile(sigs []suricata.Signature, o Options) (*Engine, []suricata.Problem) {
	e := &Engine{sigs: sigs, apps: map[string]*appGroups{}, options: &o, revision: revisions.Add(1)}
	c := &compiler{engine: e, options: &o, sets: map[string]int32{}, keys: map[string]int32{}, datasets: map[string]*dataset{}}
	rules := make([]rule, 0, len(sigs))
	for i := range sigs {
		b := builder{compiler: c, sig: &sigs[i], rule: &rule{sig: int32(i)}}
		if b.build(); b.problem != nil {
			c.problems = append(c.problems, *b.problem)
			continue
		}
		rules = append(rules, *b.rule)
	}
	c.order(rules)
	e.rules = rules
	e.tags = slices.ContainsFunc(rules, func(r rule) bool { return len(r.tags) > 0 })
	e.content = slices.ContainsFunc(rules, func(r rule) bool { return r.kind == kindProtocol || r.kind == kindApp || r.kind == kindTx })
	e.group()
	return e, c.problems
}

// order sorts rules as they are judged: by action, then those that set bits before
// those that ask for them, then by priority.
func (c *compiler) order(rules []rule) {
	order := c.options.Order
	if len(order) == 0 {
		order = defaultOrder
	}
	for i := range rules {
		r := &rules[i]
		s := &c.engine.sigs[r.sig]
		r.order = [3]int{slices.Index(order, min(r.action, suricata.Reject)), bitsRank(s), s.Priority}
	}
	slices.SortStableFunc(rules, func(a, b rule) int { return slices.Compare(a.order[:], b.order[:]) })
}

// bitsRank is 0 for rules that set bits, 1 for those that ask too, 2 for those that ask only.
func bitsRank(s *suricata.Signature) int {
	sets, asks := false, false
	for i := range s.Matches {
		m := &s.Matches[i]
		if m.Bits != nil {
			asking := m.Bits.Op == suricata.BitIsSet || m.Bits.Op == suricata.BitIsNotSet
			sets, asks = sets || !asking, asks || asking
		}
		if m.Int != nil {
			changing := m.Int.Op == "+" || m.Int.Op == "-" || m.Int.Op == "="
			sets, asks = sets || changing, asks || !changing
		}
	}
	switch {
	case sets && !asks:
		return 0
	case sets:
		return 1
	case asks:
		return 2
	}
	return 3
}

// fail notes why the signature cannot be used: the first reason stays.
func (b *builder) fail(column int, keyword, reason string) {
	if b.problem == nil {
		p := b.sig.Problem(column, keyword, reason)
		b.problem = &p
	}
}

func (b *builder) failMatch(m *suricata.Match, reason string) {
	keyword := m.Keyword
	if m.Buffer != "" {
		keyword = m.Buffer
	}
	b.fail(m.Column, keyword, reason)
}

func (b *builder) build() {
	b.header()
	for i := range b.sig.Matches {
		if m := &b.sig.Matches[i]; !b.isChained(m) {
			b.match(i, m)
		}
	}
	b.chainsOf()
	b.filter()
	if len(b.rule.buffers) >= payloadBit {
		b.fail(1, "", "conditions on too many buffers")
	}
	if b.problem != nil {
		return
	}
	b.directions()
	b.classify()
	b.rule.noalert, b.rule.tags = b.sig.NoAlert, b.sig.Tags
	b.chooseFast()
}
