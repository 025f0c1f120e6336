package ips

import (
	"vxwall/rules/suricata"
)

// maxFast is how many bytes of a pattern are searched for at most.
const maxFast = 64

// chooseFast finds the pattern by which the rule becomes a candidate: that which the rule
// names, else the one that is likely to be rarest. The others are not searched for.
func (b *builder) chooseFast() {
	best := -1
	for i := range b.sig.Matches {
		m := &b.sig.Matches[i]
		c := m.Content
		if c == nil || c.Negated || m.Negated {
			continue
		}
		key, dir, ok := b.fastKey(m)
		if !ok {
			continue
		}
		score := strength(c)
		if key == payloadKey {
			score /= 2 // payload is everywhere, buffers are few
		}
		if b.rule.whole && dir == 0 {
			score += 1 << 10 // the request comes first, and its body does not stay
		}
		if c.FastPattern {
			score += 1 << 20
		}
		if score > best {
			best = score
			b.rule.fast = fast{ok: true, key: key, dir: dir, pattern: fastContent(c)}
		}
	}
}

// fastKey returns where a pattern is searched for, if it can be.
func (b *builder) fastKey(m *suricata.Match) (key int32, dir int8, ok bool) {
	if m.Buffer == "" {
		return payloadKey, -1, b.rule.payload != nil && b.rule.kind != kindTx
	}
	for i := range b.rule.buffers {
		c := &b.rule.buffers[i]
		if c.absent || c.orElse {
			continue
		}
		if b.sig.Matches[c.index].Use == m.Use && b.spot(&b.sig.Matches[c.index]) == b.spot(m) || b.spotOf(c) == b.spot(m) {
			return c.key, c.dir, true
		}
	}
	return 0, 0, false
}

func (b *builder) spotOf(c *bufferChain) spot { return b.spot(&b.sig.Matches[c.index]) }

// fastContent is what is searched for of a content: its pattern, chopped if the rule or
// its length asks for that, within the places that are fixed.
func fastContent(c *suricata.Content) suricata.Content {
	out := suricata.Content{Pattern: c.Pattern, Nocase: c.Nocase}
	chopped := false
	if n := c.ChopLength; n > 0 && c.ChopOffset >= 0 && c.ChopOffset+n <= len(c.Pattern) {
		out.Pattern = c.Pattern[c.ChopOffset : c.ChopOffset+n]
		chopped = true
	}
	if len(out.Pattern) > maxFast {
		out.Pattern = out.Pattern[:maxFast]
		chopped = true
	}
	if chopped || c.Relative() || c.Offset.Name != "" || c.Depth.Name != "" {
		return out
	}
	out.Offset = c.Offset
	if c.Depth.Set {
		out.Depth = suricata.Value{N: c.Offset.N + c.Depth.N, Set: true}
	}
	if c.StartsWith {
		out.Depth = suricata.Value{N: int64(len(c.Pattern)), Set: true}
	}
	return out
}

// strength guesses how rare a pattern is: by its length, and how varied and how unlike
// text its bytes are.
func strength(c *suricata.Content) (score int) {
	var seen [256]bool
	for _, b := range c.Pattern[:min(len(c.Pattern), maxFast)] {
		worth := 5
		switch {
		case seen[b]:
			worth = 1
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			worth = 3
		case b == 0 || b == 255 || b == ' ':
			worth = 2
		case b > ' ' && b < 127:
			worth = 4
		}
		seen[b] = true
		score += worth * 4
	}
	return score
}
