package match

import "encoding/binary"

// text is what is scanned.
type text struct {
	data []byte
	base uint64
	hits *Hits
}

// load reads eight folded bytes, or as many as the text has from a place on; other bytes are those of a space.
func (t *text) load(at int) uint64 {
	if at+8 <= len(t.data) {
		return binary.LittleEndian.Uint64(t.data[at:]) | fold
	}
	var end [8]byte
	copy(end[:], t.data[at:])
	return binary.LittleEndian.Uint64(end[:]) | fold
}

// Bounds of how much of a text is looked at before what was found is followed up.
const (
	maxSteps  = 512
	maxPlaces = 2 * maxSteps
)

// scanCores looks at every third place of the text.
func (m *Matcher) scanCores(t *text) {
	at := 0
	for at+8 <= len(t.data) {
		steps := min((len(t.data)-at-8)/step+1, maxSteps)
		n := m.filter.find(t.data[at:], steps, &t.hits.places)
		m.follow(t, at, n)
		at += steps * step
	}
	for ; at+stride <= len(t.data); at += stride {
		if m.filter.has(t.load(at))&1 != 0 {
			m.check(t, at)
		}
	}
}

// follow checks the places that were found from some place of the text on: first by bitmaps, in a pass of its own.
func (m *Matcher) follow(t *text, from, n int) {
	places, kept := &t.hits.places, 0
	for _, place := range places[:n] {
		at := from + int(place)
		places[kept] = place
		kept += int(m.may(t, at) & 1)
	}
	for _, place := range places[:kept] {
		m.check(t, from+int(place))
	}
}

const (
	longMask = 1<<(8*longCore) - 1
	midMask  = 1<<(8*midCore) - 1
)

// may says in its lowest bit whether some core may stand where addLong and addMid foresaw it from a place.
func (m *Matcher) may(t *text, at int) (some uint64) {
	if at < 2 || at+longCore > len(t.data) {
		return 1
	}
	w := binary.LittleEndian.Uint64(t.data[at-2:]) | fold
	if len(m.long.entries) > 0 {
		some = m.long.has(w&longMask) | m.long.has(w>>8&longMask) | m.long.has(w>>16)
	}
	if len(m.mid.entries) > 0 {
		some |= m.mid.has(w>>8&midMask) | m.mid.has(w>>16&midMask) | m.mid.has(w>>24&midMask)
	}
	return some
}

// check verifies all patterns whose core may stand where a place saw it.
func (m *Matcher) check(t *text, at int) {
	if len(m.long.entries) > 0 {
		m.checkCore(&m.long, t, at-2)
		m.checkCore(&m.long, t, at-1)
		m.checkCore(&m.long, t, at)
	}
	if len(m.mid.entries) > 0 {
		m.checkCore(&m.mid, t, at-1)
		m.checkCore(&m.mid, t, at)
		m.checkCore(&m.mid, t, at+1)
	}
}
