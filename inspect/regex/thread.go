package regex

// thread follows one way until it matches or fails.
func (m *Machine) thread(pc, pos int32) (int32, bool) {
	for {
		if m.steps--; m.steps <= 0 || m.memo && m.visited(pc, pos) {
			return 0, false
		}
		i := &m.r.insts[pc]
		switch i.op {
		case opMatch:
			return pos, true
		case opByte:
			if int(pos) >= len(m.text) || m.text[pos] != i.b {
				return 0, false
			}
			pos++
		case opSet:
			if int(pos) >= len(m.text) || !m.r.sets[i.x].has(m.text[pos]) {
				return 0, false
			}
			pos++
		case opSplit:
			m.push(frame{pc: i.y, pos: pos, last: pos})
			pc = i.x
			continue
		case opJump:
			pc = i.x
			continue
		default:
			var ok bool
			if pos, ok = m.other(i, pc, pos); !ok {
				return 0, false
			}
			if i.op == opAtomic || i.op == opLook {
				pc = i.y
				continue
			}
		}
		pc++
	}
}

func (m *Machine) visited(pc, pos int32) bool {
	n := int(pc)*(len(m.text)+1) + int(pos)
	if m.seen[n>>6]>>(n&63)&1 != 0 {
		return true
	}
	m.seen[n>>6] |= 1 << (n & 63)
	return false
}

// other executes the rarer instructions.
func (m *Machine) other(i *inst, pc, pos int32) (int32, bool) {
	switch i.op {
	case opSave, opMark:
		m.save(i.x, pos)
		return pos, true
	case opMoved:
		return pos, m.caps[i.x] != pos
	case opRun:
		return m.take(i, pc, pos)
	case opBack:
		return m.again(i, pos)
	case opAtomic:
		return m.apart(pc, pos)
	case opLook:
		if pos < i.x {
			return pos, i.negated
		}
		undo := len(m.stack)
		_, ok := m.apart(pc, pos-i.x)
		if ok && i.negated {
			m.undo(undo)
		}
		return pos, ok != i.negated
	}
	return pos, m.holds(i.op, int(pos))
}

// apart runs the part that follows an instruction by itself.
func (m *Machine) apart(pc, pos int32) (int32, bool) {
	if m.depth++; m.depth > maxNesting {
		m.steps = 0
	}
	end, ok := m.run(pc+1, pos)
	m.depth--
	return end, ok
}

// take executes opRun: it goes to one end of what is possible, and may come back
// for the rest.
func (m *Machine) take(i *inst, pc, pos int32) (int32, bool) {
	limit := len(m.text)
	if i.max >= 0 {
		limit = min(limit, int(pos+i.max))
	}
	end := int(pos)
	for s := &m.r.sets[i.x]; end < limit && s.has(m.text[end]); {
		end++
	}
	least := pos + i.min
	if int32(end) < least {
		return pos, false
	}
	if least == int32(end) {
		return least, true
	}
	if i.lazy {
		m.push(frame{pc: pc + 1, pos: least + 1, last: int32(end), up: true})
		return least, true
	}
	m.push(frame{pc: pc + 1, pos: int32(end) - 1, last: least})
	return int32(end), true
}

// again executes opBack. A group that did not match fails, as in PCRE.
func (m *Machine) again(i *inst, pos int32) (int32, bool) {
	begin, end, ok := m.Group(int(i.x))
	if !ok || int(pos)+end-begin > len(m.text) {
		return pos, false
	}
	want, got := m.text[begin:end], m.text[pos:int(pos)+end-begin]
	for j, b := range want {
		if got[j] != b && (!i.fold || lower(got[j]) != lower(b)) {
			return pos, false
		}
	}
	return pos + int32(len(want)), true
}

// holds evaluates an assertion.
func (m *Machine) holds(o op, pos int) bool {
	n := len(m.text)
	switch o {
	case opTextStart:
		return pos == 0
	case opTextEnd:
		return pos == n
	case opTextEndLine:
		return pos == n || pos == n-1 && m.text[pos] == '\n'
	case opLineStart:
		return pos == 0 || m.text[pos-1] == '\n' && pos < n
	case opLineEnd:
		return pos == n || m.text[pos] == '\n'
	}
	word := m.isWord(pos-1) != m.isWord(pos)
	return word == (o == opWord)
}

func (m *Machine) isWord(pos int) bool {
	if pos < 0 || pos >= len(m.text) {
		return false
	}
	b := m.text[pos]
	return b >= '0' && b <= '9' || b >= 'A' && b <= 'Z' || b >= 'a' && b <= 'z' || b == '_'
}
