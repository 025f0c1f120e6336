package ips

import (
	"slices"
	"strings"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/inspect/ips/transform"
	"vxwall/rules/suricata"
)

// chained are the keywords whose conditions look into a buffer, beside those with a pointer.
var chained = []string{"bsize", "base64_decode", "entropy", "absent", "dataset"}

// isChained says whether a condition is part of a chain.
func (b *builder) isChained(m *suricata.Match) bool {
	return m.Content != nil || m.Regexp != nil || m.ByteTest != nil || m.ByteJump != nil || m.ByteMath != nil || m.DataAt != nil ||
		slices.Contains(chained, m.Keyword)
}

// match compiles a condition that is on no buffer.
func (b *builder) match(i int, m *suricata.Match) {
	if slices.Contains(ignored, m.Keyword) || m.Filter != nil {
		return
	}
	if m.Flow != nil {
		b.flowKeyword(m.Flow)
		return
	}
	if t := b.txCondition(m); t != nil {
		b.rule.txs = append(b.rule.txs, txIndexed{i, t})
		return
	}
	c, e := b.stateCondition(m)
	if e != nil {
		b.rule.after = append(b.rule.after, e)
		return
	}
	if c == nil {
		if c = b.packetCondition(m); c != nil && !b.flowWide(m) {
			b.packet = true
		}
	}
	// What may change from packet to packet makes a rule one for packets; that the protocol is found does not.
	b.session = b.session || c != nil && m.Keyword != "app-layer-protocol" && m.IPRep == nil
	if c == nil {
		b.failMatch(m, "not supported")
		return
	}
	b.rule.conditions = append(b.rule.conditions, indexed{i, c})
}

// ignored are keywords that say what is to be done beside the verdict.
var ignored = []string{"filestore", "tls.store", "bypass", "target", "prefilter"}

// flowWide says whether a condition is about the flow: it does not bind the rule to packets.
func (b *builder) flowWide(m *suricata.Match) bool {
	for _, prefix := range []string{"flow.", "app-layer-", "vxlan.", "vtep.", "segment.", "stream_size", "ip_proto", "sameip", "iprep"} {
		if strings.HasPrefix(m.Keyword, prefix) {
			return true
		}
	}
	return false
}

// spot tells apart the values that conditions look into.
type spot struct {
	buffer, transforms string
	use                int
	side               string
}

// chainsOf compiles the conditions on buffers: one chain for each value.
func (b *builder) chainsOf() {
	b.chains.External = b.external
	var order []spot
	lists := map[spot][]chain.Condition{}
	var last spot
	for i := range b.sig.Matches {
		m := &b.sig.Matches[i]
		if !b.isChained(m) || m.Buffer == "base64_data" {
			continue
		}
		s := b.spot(m)
		if m.Buffer == "" && (follows(m) || m.Keyword == "base64_decode") && len(order) > 0 {
			s = last
		}
		last = s
		if _, ok := lists[s]; !ok {
			order = append(order, s)
		}
		lists[s] = append(lists[s], chain.Condition{Index: i, Match: m})
	}
	inner := b.base64Conditions()
	for _, s := range order {
		if b.problem != nil {
			return
		}
		b.chain(lists[s], inner)
	}
}

// follows says whether a condition goes on where the one before it matched, in the buffer of that one:
// as old rules have it, http_uri; isdataat:1,relative.
func follows(m *suricata.Match) bool {
	switch {
	case m.Regexp != nil:
		return m.Regexp.Relative
	case m.ByteTest != nil:
		return m.ByteTest.Relative
	case m.ByteJump != nil:
		return m.ByteJump.Relative
	case m.ByteMath != nil:
		return m.ByteMath.Relative
	}
	return m.DataAt != nil && m.DataAt.Relative
}

// spot returns where a condition looks. Several uses of a buffer that has one
// value only are the same.
func (b *builder) spot(m *suricata.Match) spot {
	s := spot{buffer: m.Buffer, side: m.Side}
	for _, t := range m.Transforms {
		s.transforms += t.Name + ":" + t.Arg + ";"
	}
	if id, ok := app.BufferByName(m.Buffer); ok && app.Buffers[id].Multi {
		s.use = m.Use
	}
	return s
}

func (b *builder) base64Conditions() (out []chain.Condition) {
	for i := range b.sig.Matches {
		if m := &b.sig.Matches[i]; m.Buffer == "base64_data" && b.isChained(m) {
			out = append(out, chain.Condition{Index: i, Match: m})
		}
	}
	return out
}

// chain compiles the conditions on one value.
func (b *builder) chain(list, inner []chain.Condition) {
	m := list[0].Match
	c := bufferChain{index: list[0].Index, dir: -1}
	if rest := slices.DeleteFunc(slices.Clone(list), isAbsent); len(rest) < len(list) {
		c.absent, c.orElse = len(rest) == 0, len(rest) > 0
		list = rest
	}
	var err error
	if c.chain, err = b.chains.Compile(list, inner); err != nil {
		at := m
		if known, ok := err.(*chain.Error); ok {
			at = &b.sig.Matches[known.Index]
		}
		b.fail(at.Column, at.Keyword, err.Error())
		return
	}
	h, isHeader := headers[m.Buffer]
	switch {
	case m.Buffer == "":
		b.rule.payload, b.rule.first, b.session = c.chain, c.index, true
	case isHeader:
		b.rule.packets = append(b.rule.packets, packetChain{c.index, h, c.chain})
		b.packet, b.session = true, true
	default:
		b.buffer(c, m)
	}
}

func isAbsent(c chain.Condition) bool { return c.Keyword == "absent" }

// buffer enters a chain on a buffer of transactions.
func (b *builder) buffer(c bufferChain, m *suricata.Match) {
	id, ok := app.BufferByName(m.Buffer)
	if !ok {
		b.fail(m.Column, m.Buffer, "no protocol that is parsed has this buffer")
		return
	}
	info := &app.Buffers[id]
	if b.rule.app != "" && !slices.ContainsFunc(info.Protocols, func(p string) bool { return slices.Contains(expand(b.rule.app), p) }) {
		b.fail(m.Column, m.Buffer, "not a buffer of "+b.rule.app)
		return
	}
	if c.key, ok = b.key(id, m); !ok {
		return
	}
	switch m.Side {
	case "to_server":
		c.dir = 0
	case "to_client":
		c.dir = 1
	}
	b.apps = append(b.apps, info.Protocols...)
	b.rule.buffers = append(b.rule.buffers, c)
}

// key returns the number of a buffer with its transforms.
func (b *builder) key(id app.BufferID, m *suricata.Match) (int32, bool) {
	text := m.Buffer
	for _, t := range m.Transforms {
		text += ";" + t.Name + ":" + t.Arg
	}
	if n, ok := b.keys[text]; ok {
		return n, true
	}
	k := bufferKey{id: id, info: &app.Buffers[id]}
	if len(m.Transforms) > 0 {
		var err error
		if k.transforms, err = transform.Compile(m.Transforms); err != nil {
			b.failMatch(m, err.Error())
			return 0, false
		}
	}
	n := int32(len(b.engine.keys))
	b.keys[text] = n
	b.engine.keys = append(b.engine.keys, k)
	return n, true
}
