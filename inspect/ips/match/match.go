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

// stride is that of the lane for long patterns. Longer strides look at less of
// the text, but need longer patterns and fill the bitmap with more grams.
const stride = 3

// Matcher looks for a set of patterns.
type Matcher struct {
	long  lane // patterns of at least stride+3 bytes
	mid   lane // of 4 bytes up to that, by grams of 3 bytes at stride 2
	short lane // of 2 and 3 bytes, by pairs
	bytes []uint32
	pats  []pattern
	data  []byte // of all patterns, those without case in lower case
	max   int
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
		case n >= stride+3:
			long = append(long, uint32(i))
		case n >= 4:
			mid = append(mid, uint32(i))
		case n >= 2:
			short = append(short, uint32(i))
		case n == 1:
			m.bytes = append(m.bytes, uint32(i))
		}
	}
	m.long = m.newLane(long, stride, 4)
	m.mid = m.newLane(mid, 2, 3)
	m.short = m.newLane(short, 1, 2)
	return m
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
	if m.long.bitmap != nil {
		m.scanLong(&t)
	}
	if m.mid.bitmap != nil {
		m.scanMid(&t)
	}
	if m.short.bitmap != nil {
		m.scanShort(&t)
	}
	for _, n := range m.bytes {
		m.scanByte(&t, n)
	}
}

// text is what is scanned.
type text struct {
	data []byte
	base uint64
	hits *Hits
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
