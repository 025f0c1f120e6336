package match

import "bytes"

// Pattern is what is looked for.
type Pattern struct {
	Data   []byte // not empty
	Nocase bool   // ASCII letters of either case match
	// From is where it may begin at the earliest; To where it must end at the latest, 0 for
	// anywhere. Both count from the text's base.
	From, To uint32
	End      bool // it must end where the text does
}

// Matcher looks for a set of patterns.
type Matcher struct {
	filter filter
	few    *nibbles // instead of the filter, nil for that
	long   cores    // patterns of at least six bytes
	mid    cores    // of four and five
	short  pairs    // of two and three
	bytes  []uint32
	pats   []pattern
	data   []byte // of all patterns, those without case in lower case
	max    int
}

// pattern is a Pattern, its bytes in Matcher.data.
type pattern struct {
	at, size uint32
	from, to uint32
	nocase   bool
	end      bool
}

// New returns a matcher; patterns are known by their index.
func New(patterns []Pattern) *Matcher {
	m := &Matcher{pats: make([]pattern, len(patterns))}
	var long, mid, short []uint32
	for i := range patterns {
		m.add(i, &patterns[i])
		switch n := len(patterns[i].Data); {
		case n >= longCore:
			long = append(long, uint32(i))
		case n >= midCore:
			mid = append(mid, uint32(i))
		case n >= 2:
			short = append(short, uint32(i))
		case n == 1:
			m.bytes = append(m.bytes, uint32(i))
		}
	}
	m.long.size, m.mid.size = longCore, midCore
	if n := len(long) + len(mid); vectors && n > 0 && n <= fewPatterns {
		m.few = &nibbles{}
	} else {
		m.filter = newFilter(len(long)*longBits + len(mid)*midBits)
	}
	m.addMid(mid)
	m.addLong(long)
	m.long.index()
	m.mid.index()
	m.short = m.newPairs(short)
	return m
}

// addMid notes the cores of patterns of four and five bytes.
func (m *Matcher) addMid(patterns []uint32) {
	for _, n := range patterns {
		b := m.bytesOf(n)
		m.mid.entries = append(m.mid.entries, entry{value: load(b, midCore), pattern: n})
		if m.few != nil {
			m.few.add(b)
		} else {
			m.filter.addMid(b)
		}
	}
}

// addLong chooses the cores of long patterns.
func (m *Matcher) addLong(patterns []uint32) {
	if len(patterns) == 0 {
		return
	}
	c := m.newChoice(patterns)
	m.long.entries = make([]entry, 0, len(patterns))
	for _, n := range patterns {
		b := m.bytesOf(n)
		at := c.rarest(b)
		if m.few != nil {
			at = c.fittest(b, m.few)
			m.few.add(b[at:])
		} else {
			m.filter.addLong(b, at)
		}
		m.long.entries = append(m.long.entries, entry{load(b[at:], longCore), n, uint32(at)})
	}
}

func (m *Matcher) bytesOf(n uint32) []byte {
	p := &m.pats[n]
	return m.data[p.at : p.at+p.size]
}

func (m *Matcher) add(i int, p *Pattern) {
	m.pats[i] = pattern{at: uint32(len(m.data)), size: uint32(len(p.Data)), from: p.From, to: p.To, nocase: p.Nocase, end: p.End}
	m.data = append(m.data, p.Data...)
	if p.Nocase {
		own := m.data[m.pats[i].at:]
		for j, b := range own {
			own[j] = lower[b]
		}
	}
	m.max = max(m.max, len(p.Data))
}

// Len is the number of patterns.
func (m *Matcher) Len() int { return len(m.pats) }

// MaxLen is the length of the longest pattern, in bytes.
func (m *Matcher) MaxLen() int { return m.max }

// Scan adds to h all patterns that occur in data. base is where data begins in
// the text that From and To of the patterns count in.
func (m *Matcher) Scan(data []byte, base uint64, h *Hits) {
	t := text{data: data, base: base, hits: h}
	switch {
	case m.few != nil:
		m.scanFew(&t)
	case len(m.long.entries)+len(m.mid.entries) > 0:
		m.scanCores(&t)
	}
	if len(m.short.list) > 0 {
		m.scanPairs(&t)
	}
	for _, n := range m.bytes {
		m.scanByte(&t, n)
	}
}

// scanByte looks for a pattern of one byte.
func (m *Matcher) scanByte(t *text, n uint32) {
	p := &m.pats[n]
	b := m.data[p.at]
	m.scanOne(t, n, b)
	if upper := b - 'a' + 'A'; p.nocase && b >= 'a' && b <= 'z' {
		m.scanOne(t, n, upper)
	}
}

func (m *Matcher) scanOne(t *text, n uint32, b byte) {
	for at := 0; !t.hits.Has(n); at++ {
		i := bytes.IndexByte(t.data[at:], b)
		if i < 0 {
			return
		}
		at += i
		m.verify(t, n, at)
	}
}

// verify notes the pattern if it stands at a place of the text.
func (m *Matcher) verify(t *text, n uint32, at int) {
	p := &m.pats[n]
	end := at + int(p.size)
	if at < 0 || end > len(t.data) || t.hits.Has(n) {
		return
	}
	if p.end && end != len(t.data) || t.base+uint64(at) < uint64(p.from) || p.to != 0 && t.base+uint64(end) > uint64(p.to) {
		return
	}
	got, want := t.data[at:end], m.data[p.at:p.at+p.size]
	if p.nocase && EqualFold(got, want) || !p.nocase && string(got) == string(want) {
		t.hits.add(n)
	}
}
