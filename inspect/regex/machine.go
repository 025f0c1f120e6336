package regex

// Bounds of a match.
const (
	quickSteps = 4000    // then states are remembered
	maxSteps   = 200_000 // where they cannot be
	maxStates  = 1 << 22 // that can be remembered: 512 KiB
	maxStack   = 1 << 16 // places to come back to
	maxNesting = 20      // of look-around and atomic groups
)

// Machine is the memory of matching. The zero value is ready; it belongs to one
// goroutine, and grows up to its bounds.
type Machine struct {
	// Exhausted counts the matches that were given up.
	Exhausted uint64

	r     *Regexp
	text  []byte
	caps  []int32
	stack []frame
	seen  []uint64
	memo  bool
	steps int
	depth int
}

// frame is a place to come back to, or a slot to put back.
type frame struct {
	pc  int32 // -1: put value back into slot at
	pos int32
	// A run may be cut: from pos up to last (lazy), or down to it.
	last int32
	up   bool
}

// Match finds the leftmost match that begins at from or later. The text begins
// at data[0]: what lies before from is seen by assertions.
func (r *Regexp) Match(data []byte, from int, m *Machine) bool {
	m.r, m.text = r, data
	m.stack, m.depth = m.stack[:0], 0
	if cap(m.caps) < r.slots {
		m.caps = make([]int32, r.slots)
	}
	m.caps = m.caps[:r.slots]
	m.memo, m.steps = false, quickSteps
	found := m.search(from)
	if found || m.steps > 0 {
		return found
	}
	m.stack, m.depth, m.steps = m.stack[:0], 0, maxSteps
	if m.remember() {
		m.steps = len(r.insts) * (len(data) + 1) * 2
	}
	found = m.search(from)
	if !found && m.steps <= 0 {
		m.Exhausted++
	}
	return found
}

// Group returns where a group matched (0: all), valid after Match said so.
func (m *Machine) Group(n int) (begin, end int, ok bool) {
	begin, end = int(m.caps[2*n]), int(m.caps[2*n+1])
	return begin, end, begin >= 0 && end >= begin
}

// remember makes room to note every state, if that is possible.
func (m *Machine) remember() bool {
	states := len(m.r.insts) * (len(m.text) + 1)
	if !m.r.memo || states > maxStates {
		return false
	}
	words := (states + 63) / 64
	if cap(m.seen) < words {
		m.seen = make([]uint64, words)
	}
	m.seen, m.memo = m.seen[:words], true
	clear(m.seen)
	return true
}

func (m *Machine) search(from int) bool {
	for at := from; at <= len(m.text); at++ {
		if !m.r.anyFirst {
			if at = m.skip(at); at < 0 {
				return false
			}
		}
		if m.r.anchored && at != from {
			return false
		}
		for i := range m.caps {
			m.caps[i] = -1
		}
		m.caps[0] = int32(at)
		if end, ok := m.run(0, int32(at)); ok {
			m.caps[1] = end
			return true
		}
		if m.steps <= 0 {
			return false
		}
	}
	return false
}

// skip returns the next place where a match can begin, -1 for none.
func (m *Machine) skip(at int) int {
	for ; at < len(m.text); at++ {
		if m.r.first.has(m.text[at]) {
			return at
		}
	}
	return -1
}

// run executes from an instruction on, and returns where it matched.
func (m *Machine) run(pc, pos int32) (int32, bool) {
	bottom := len(m.stack)
	for m.steps > 0 {
		end, matched := m.thread(pc, pos)
		if matched {
			m.drop(bottom)
			return end, true
		}
		var ok bool
		if pc, pos, ok = m.back(bottom); !ok {
			break
		}
	}
	m.undo(bottom)
	return 0, false
}

// back takes the newest place to come back to.
func (m *Machine) back(bottom int) (pc, pos int32, ok bool) {
	for len(m.stack) > bottom {
		top := &m.stack[len(m.stack)-1]
		if top.pc < 0 {
			m.caps[top.pos] = top.last
			m.stack = m.stack[:len(m.stack)-1]
			continue
		}
		pc, pos = top.pc, top.pos
		switch {
		case top.pos == top.last:
			m.stack = m.stack[:len(m.stack)-1]
		case top.up:
			top.pos++
		default:
			top.pos--
		}
		return pc, pos, true
	}
	return 0, 0, false
}

// drop forgets places to come back to, but keeps how slots are put back.
func (m *Machine) drop(bottom int) {
	kept := bottom
	for _, f := range m.stack[bottom:] {
		if f.pc < 0 {
			m.stack[kept] = f
			kept++
		}
	}
	m.stack = m.stack[:kept]
}

// undo puts slots back, and forgets all else.
func (m *Machine) undo(bottom int) {
	for i := len(m.stack) - 1; i >= bottom; i-- {
		if f := &m.stack[i]; f.pc < 0 {
			m.caps[f.pos] = f.last
		}
	}
	m.stack = m.stack[:bottom]
}

func (m *Machine) push(f frame) {
	if len(m.stack) >= maxStack {
		m.steps = 0
		return
	}
	m.stack = append(m.stack, f)
}

func (m *Machine) save(slot, value int32) {
	m.push(frame{pc: -1, pos: slot, last: m.caps[slot]})
	m.caps[slot] = value
}
