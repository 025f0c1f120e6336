package scan

import (
	"encoding/binary"
	"slices"
)

// finish makes the tables.
func (c *compiler) finish() {
	c.firstKey = make([]uint32, c.facts+1)
	for _, k := range c.keyPairs {
		c.firstKey[k[0]+1]++
	}
	for i := range c.facts {
		c.firstKey[i+1] += c.firstKey[i]
	}
	c.keys = make([]uint32, len(c.keyPairs))
	next := slices.Clone(c.firstKey)
	for _, k := range c.keyPairs {
		c.keys[next[k[0]]] = k[1]
		next[k[0]]++
	}
	for t := range c.targets {
		c.targets[t] = c.table(t)
	}
	c.names, c.sigs, c.code = slices.Clip(c.names), slices.Clip(c.sigs), slices.Clip(c.code)
	c.pieces, c.patterns, c.logicals, c.rows = slices.Clip(c.pieces), slices.Clip(c.patterns), slices.Clip(c.logicals), slices.Clip(c.rows)
}

// table makes the tables of a kind of files: its own patterns, and those for any.
func (c *compiler) table(t int) *tables {
	if t > 0 && len(c.grams[t][0])+len(c.grams[t][1]) == 0 {
		return c.targets[0]
	}
	var all tables
	for i, into := range []*table{&all.long, &all.short} {
		uses := slices.Clone(c.grams[t][i])
		if t > 0 {
			uses = append(uses, c.grams[0][i]...)
		}
		into.build(uses)
	}
	return &all
}

// intern returns where code stands.
func (c *compiler) intern(code []byte) uint32 {
	if at, ok := c.codes[string(code)]; ok {
		return at
	}
	at := uint32(len(c.code))
	c.code = append(c.code, code...)
	c.codes[string(code)] = at
	return at
}

func (c *compiler) number(n uint32) { c.key = binary.LittleEndian.AppendUint32(c.key, n) }
