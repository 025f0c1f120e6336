package scan

import (
	"vxwall/rules/clamav"
)

// Bounds of a piece, so that it fits into what is kept of a file.
const (
	maxExtent = 4096 // from its first byte to its last
	maxGap    = 1024 // in it; longer ones divide a pattern
	maxRun    = 1024
	maxPieces = 64
)

// cutter divides a pattern into pieces at gaps that are long or have no end.
type cutter struct {
	coder
	rarity      rarity
	out         []cutPiece
	low, high   int32 // the gap before the piece that is written
	least, most int   // its extent up to here
	anchor      anchor
	anchorBytes []byte
	bestCost    int
	reason      string
}

// cutPiece is a piece whose code is written.
type cutPiece struct {
	code        []byte
	low, high   int32
	least, most int // of its anchor
	anchor      anchor
	grams       []byte // the bytes of the anchor
	extent      int
}

// close ends a piece and begins the next.
func (k *cutter) close(low, high int32) {
	if k.anchor.q == 0 {
		k.reason = "a piece of a pattern has no four known bytes in a row: it would have to be compared too often"
	}
	if k.most > maxExtent {
		k.reason = "alternatives of a pattern are too long"
	}
	k.code = append(k.code, byte(opEnd))
	k.out = append(k.out, cutPiece{k.code, k.low, k.high, k.least, k.most, k.anchor, k.anchorBytes, k.most})
	p := &k.out[len(k.out)-1]
	p.least, p.most = k.anchor.at, k.anchor.at+k.anchor.cost
	k.code, k.low, k.high = nil, low, high
	k.least, k.most, k.anchor, k.anchorBytes = 0, 0, anchor{}, nil
}

// part writes a part, after the gap before it.
func (k *cutter) part(p *clamav.Part, first, last bool) {
	scale := 1
	if k.wide {
		scale = 2
	}
	if !first {
		if p.Max == clamav.Forever || p.Max-p.Min > maxGap || p.Max > maxExtent/2 || k.most+int(p.Max)+scale*len(p.Bytes) > maxExtent {
			k.close(p.Min, p.Max)
		} else {
			k.gap(int(p.Min), int(p.Max))
			k.least, k.most = k.least+int(p.Min), k.most+int(p.Max)
		}
	}
	at := 0
	for i := range p.Specials {
		s := &p.Specials[i]
		k.stretchOf(p, at, int(s.At))
		at = int(s.At)
		side := byte(sideBoth)
		if first && at == 0 {
			side = sideLeft
		} else if last && at == len(p.Bytes) {
			side = sideRight
		}
		k.special(s, side)
		k.spread(s, scale)
	}
	k.stretchOf(p, at, len(p.Bytes))
}

// spread adds the lengths of alternatives.
func (k *cutter) spread(s *clamav.Special, scale int) {
	if s.Boundary != 0 {
		return
	}
	least, most := 1<<20, 0
	for _, a := range s.Alternatives {
		least, most = min(least, scale*len(a.Bytes)), max(most, scale*len(a.Bytes))
	}
	k.least, k.most = k.least+least, k.most+most
}

// stretchOf writes some bytes of a part; many of them as several pieces.
func (k *cutter) stretchOf(p *clamav.Part, from, to int) {
	for from < to {
		end := min(to, from+maxRun)
		values := p.Bytes[from:end]
		var masks []byte
		if p.Mask != nil {
			masks = p.Mask[from:end]
		}
		k.run(values, masks)
		values, masks = k.widen(values, masks)
		k.look(values, masks)
		k.least, k.most = k.least+len(values), k.most+len(values)
		if from = end; from < to && k.most > maxExtent/2 {
			k.close(0, 0)
		}
	}
}

// look looks for an anchor in bytes that were written.
func (k *cutter) look(values, masks []byte) {
	for from := 0; from < len(values); {
		to := from
		for to < len(values) && (masks == nil || masks[to] == 0xff) {
			to++
		}
		if best := k.rarity.best(values[from:to]); best.q > 0 {
			spread := k.most - k.least
			best.cost += 4 * spread
			if k.anchor.q == 0 || best.cost < k.bestCost {
				at := from + best.at
				n := 4
				if best.q == stride {
					n = stride + 3
				}
				k.anchorBytes = values[at : at+n]
				k.bestCost = best.cost
				k.anchor = anchor{at: k.least + at, q: best.q, cost: spread}
			}
		}
		from = to + 1
	}
}

// pattern makes a pattern for files of a kind known, and returns the fact that it meets.
func (c *compiler) pattern(p *clamav.Pattern, o clamav.Offset, t clamav.Target) (fact uint32, reason string) {
	var variants [][]cutPiece
	for _, wide := range []bool{false, true} {
		if wide && !p.Wide || !wide && p.Wide && !p.ASCII {
			continue
		}
		pieces, reason := c.cut(p, wide)
		if reason != "" {
			return 0, reason
		}
		variants = append(variants, pieces)
	}
	c.key = append(c.key[:0], byte(t))
	at := c.offset(o)
	c.number(at)
	for _, pieces := range variants {
		for i := range pieces {
			c.number(uint32(pieces[i].low))
			c.number(uint32(pieces[i].high))
			c.number(c.intern(pieces[i].code))
		}
		c.key = append(c.key, 0)
	}
	if fact, ok := c.known[string(c.key)]; ok {
		return fact, ""
	}
	fact = c.newFact()
	c.known[string(c.key)] = fact
	for _, pieces := range variants {
		c.place(pieces, pattern{fact: fact, offset: at}, t)
	}
	return fact, ""
}

// cut divides a pattern.
func (c *compiler) cut(p *clamav.Pattern, wide bool) ([]cutPiece, string) {
	k := cutter{coder: coder{fold: p.NoCase, wide: wide}, rarity: c.rarity}
	kind := byte('W')
	if wide {
		kind = wideWord
	}
	if p.FullWord {
		k.boundary(kind, sideLeft, 0)
	}
	for i := range p.Parts {
		k.part(&p.Parts[i], i == 0, i == len(p.Parts)-1)
	}
	if p.FullWord {
		k.boundary(kind, sideRight, 0)
	}
	k.close(0, 0)
	if len(k.out) > maxPieces {
		k.reason = "a pattern has more pieces than are followed"
	}
	return k.out, k.reason
}

// place adds a pattern's pieces, and their grams.
func (c *compiler) place(pieces []cutPiece, p pattern, t clamav.Target) {
	p.first, p.pieces = uint32(len(c.pieces)), uint8(len(pieces))
	for i := range pieces {
		one := &pieces[i]
		n := uint32(len(c.pieces))
		c.pieces = append(c.pieces, piece{code: c.intern(one.code), pattern: uint32(len(c.patterns)), low: one.low, high: one.high,
			least: uint16(one.least), most: uint16(one.most), first: i == 0, narrow: one.extent <= zeros})
		switch one.anchor.q {
		case stride:
			for j := range stride {
				c.grams[t][0] = append(c.grams[t][0], use{load4(one.grams[j:]), n<<2 | uint32(j)})
			}
		default:
			c.grams[t][1] = append(c.grams[t][1], use{load4(one.grams), n << 2})
		}
	}
	c.patterns = append(c.patterns, p)
}
