package inflate

// init makes all chances equal.
func (m *models) init() {
	for _, p := range [][]prob{
		m.isMatch[:], m.isRep0Long[:], m.isRep[:], m.isRepG0[:], m.isRepG1[:], m.isRepG2[:],
		m.special[:], m.align[:],
	} {
		even(p)
	}
	for i := range m.slot {
		even(m.slot[i][:])
	}
	m.length.init()
	m.repLength.init()
}

func (c *lengthCoder) init() {
	even(c.choice[:])
	even(c.high[:])
	for i := range c.low {
		even(c.low[i][:])
		even(c.mid[i][:])
	}
}

func even(p []prob) {
	for i := range p {
		p[i] = 1024
	}
}

// symbol decodes one literal, or the length and distance of a copy.
func (l *lzma) symbol() {
	pos := int(l.window.total & l.pbMask)
	if l.bit(&l.isMatch[l.state<<4|pos]) == 0 {
		if c := l.literal(); !l.short {
			l.window.put(c)
		}
		return
	}
	coder := &l.repLength
	switch {
	case l.bit(&l.isRep[l.state]) == 0:
		l.rep[3], l.rep[2], l.rep[1] = l.rep[2], l.rep[1], l.rep[0]
		coder = &l.length
	case l.again(pos):
		l.state = [2]int{9, 11}[b2i(l.state >= 7)]
		l.copy(1)
		return
	}
	n := l.lengthOf(coder, pos)
	if coder == &l.length {
		l.state = [2]int{7, 10}[b2i(l.state >= 7)]
		l.rep[0] = l.distance(min(n, 3))
	} else {
		l.state = [2]int{8, 11}[b2i(l.state >= 7)]
	}
	l.copy(int(n) + 2)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// copy begins a copy of n bytes, from the newest distance.
func (l *lzma) copy(n int) {
	switch {
	case l.short:
	case l.rep[0] == 1<<32-1:
		l.status = Done
	case !l.window.reaches(int(l.rep[0]) + 1):
		l.status = Failed
		l.tooLarge = uint64(l.rep[0]) < l.window.total
	default:
		l.left = n
		if l.size-l.window.total < uint64(n) {
			l.left = int(l.size - l.window.total)
		}
	}
}

// again chooses one of the distances used before. True if a single byte is repeated.
func (l *lzma) again(pos int) bool {
	if l.bit(&l.isRepG0[l.state]) == 0 {
		return l.bit(&l.isRep0Long[l.state<<4|pos]) == 0
	}
	i := 1
	if l.bit(&l.isRepG1[l.state]) == 1 {
		i = 2 + int(l.bit(&l.isRepG2[l.state]))
	}
	d := l.rep[i]
	copy(l.rep[1:i+1], l.rep[:i])
	l.rep[0] = d
	return false
}

// literal decodes a byte. After a copy the byte that the copy would have gone on with
// tells about it.
func (l *lzma) literal() byte {
	previous := uint64(l.window.back(1))
	context := (l.window.total&l.lpMask)<<l.lc | previous>>(8-l.lc)
	p := l.literals[0x300*context : 0x300*(context+1)]
	m := uint32(1)
	if l.state >= 7 {
		match := uint32(l.window.back(int(l.rep[0]) + 1))
		for m < 0x100 {
			bit := match >> 7 & 1
			match <<= 1
			b := l.bit(&p[(1+bit)<<8+m])
			m = m<<1 | b
			if b != bit {
				break
			}
		}
	}
	for m < 0x100 {
		m = m<<1 | l.bit(&p[m])
	}
	switch {
	case l.state < 4:
		l.state = 0
	case l.state < 10:
		l.state -= 3
	default:
		l.state -= 6
	}
	return byte(m)
}

// lengthOf decodes a length less 2.
func (l *lzma) lengthOf(c *lengthCoder, pos int) uint32 {
	if l.bit(&c.choice[0]) == 0 {
		return l.tree(c.low[pos][:], 3)
	}
	if l.bit(&c.choice[1]) == 0 {
		return 8 + l.tree(c.mid[pos][:], 3)
	}
	return 16 + l.tree(c.high[:], 8)
}

// distance decodes a distance less 1, of a copy whose length falls into a class.
func (l *lzma) distance(class uint32) uint32 {
	slot := l.tree(l.slot[class][:], 6)
	if slot < 4 {
		return slot
	}
	n := uint(slot>>1 - 1)
	d := (2 | slot&1) << n
	if slot < 14 {
		return d + l.reverse(l.special[d-slot:], n)
	}
	return d + l.direct(n-4)<<4 + l.reverse(l.align[:], 4)
}
