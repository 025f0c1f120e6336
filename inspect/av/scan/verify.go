package scan

import "encoding/binary"

// Results of run that are no end.
const (
	noMatch  = -1
	needMore = -2 // the data end before it is decided
)

// maxSteps bounds the work for one piece at one place.
const maxSteps = 1 << 14

// machine runs code over data.
type machine struct {
	code  []byte
	data  []byte
	first bool // data begin where the file does
	last  bool // data end where the file does
	steps int
}

// run executes code from an instruction on, at a place in data, and returns where the piece
// ends. Of several ends it returns one of the nearest.
func (m *machine) run(pc, at int) int {
	for {
		if m.steps--; m.steps <= 0 {
			return noMatch
		}
		o := op(m.code[pc])
		pc++
		switch o {
		case opEnd:
			return at
		case opGap:
			return m.gap(pc, at)
		case opAlt:
			return m.alternatives(pc, at)
		case opBoundary:
			if r := m.boundary(pc, at); r != at {
				return r
			}
			pc += 3
		default:
			n := int(binary.LittleEndian.Uint16(m.code[pc:]))
			pc += 2
			if at = m.bytes(o, pc, at, n); at < 0 {
				return at
			}
			pc += n * operands[o]
		}
	}
}

// operands is how many bytes of code there are for each byte of data.
var operands = [...]int{opLit: 1, opFold: 1, opMask: 2, opSkip: 0}

// bytes compares n bytes. Those that are there decide before those that are not.
func (m *machine) bytes(o op, pc, at, n int) int {
	there := min(n, len(m.data)-at)
	if there < 0 {
		return m.short()
	}
	got := m.data[at : at+there]
	switch o {
	case opLit:
		if string(got) != string(m.code[pc:pc+there]) {
			return noMatch
		}
	case opFold:
		for i, b := range got {
			if fold(b) != m.code[pc+i] {
				return noMatch
			}
		}
	case opMask:
		for i, b := range got {
			if b&m.code[pc+n+i] != m.code[pc+i] {
				return noMatch
			}
		}
	}
	if there < n {
		return m.short()
	}
	return at + n
}

// short is the result where data end too early.
func (m *machine) short() int {
	if m.last {
		return noMatch
	}
	return needMore
}

// gap tries each length.
func (m *machine) gap(pc, at int) int {
	least, most := int(binary.LittleEndian.Uint16(m.code[pc:])), int(binary.LittleEndian.Uint16(m.code[pc+2:]))
	result := noMatch
	for n := least; n <= most; n++ {
		if at+n > len(m.data) {
			return m.short()
		}
		r := m.run(pc+4, at+n)
		if r >= 0 {
			return r
		}
		if r == needMore {
			result = needMore
		}
		if m.steps <= 0 {
			return noMatch
		}
	}
	return result
}

// alternatives tries each; negated, all of which have one length, none may match.
func (m *machine) alternatives(pc, at int) int {
	negated := m.code[pc] != 0
	end := pc + 3 + int(binary.LittleEndian.Uint16(m.code[pc+1:]))
	result, n := noMatch, 0
	for pc += 3; pc < end; pc += 2 + 2*n {
		n = int(binary.LittleEndian.Uint16(m.code[pc:]))
		r := m.bytes(opMask, pc+2, at, n)
		if r >= 0 {
			if negated {
				return noMatch
			}
			r = m.run(end, r)
		}
		if r >= 0 {
			return r
		}
		if r == needMore {
			result = needMore
		}
	}
	if !negated || result == needMore {
		return result
	}
	if at+n > len(m.data) {
		return m.short()
	}
	return m.run(end, at+n)
}

// boundary returns at if there is a boundary.
func (m *machine) boundary(pc, at int) int {
	kind, side, negated := m.code[pc], m.code[pc+1], m.code[pc+2] != 0
	is := false
	if side != sideRight {
		is = m.edge(kind, at-1, at-2)
	}
	if side != sideLeft && !is {
		if at >= len(m.data) && !m.last {
			return needMore
		}
		is = m.edge(kind, at, at+1)
	}
	if is == negated {
		return noMatch
	}
	return at
}

// edge says whether the byte at a place, which adjoins a pattern, ends a word or line.
func (m *machine) edge(kind byte, at, beyond int) bool {
	if at < 0 || at >= len(m.data) {
		return at >= 0 || m.first
	}
	b := m.data[at]
	switch kind {
	case 'L':
		return b == '\n' || b == '\r'
	case wideWord: // a letter of UTF-16 has its zero behind it
		low, high := at, beyond
		if beyond < at {
			low, high = beyond, at
		}
		return low < 0 || high >= len(m.data) || m.data[high] != 0 || !isWord(m.data[low])
	}
	return !isWord(b)
}
