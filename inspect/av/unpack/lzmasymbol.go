package unpack

// bit decodes one bit with an adaptive probability.
func (d *lzma) bit(p *prob) int {
	bound := d.rng >> 11 * uint32(*p)
	bit := 0
	if d.code < bound {
		d.rng = bound
		*p += (2048 - *p) >> 5
	} else {
		d.rng -= bound
		d.code -= bound
		*p -= *p >> 5
		bit = 1
	}
	if d.rng < 1<<24 {
		d.rng <<= 8
		d.code = d.code<<8 | uint32(d.next())
	}
	return bit
}

// direct decodes n bits without probabilities.
func (d *lzma) direct(n uint) (v int) {
	for ; n > 0; n-- {
		d.rng >>= 1
		d.code -= d.rng
		t := -(d.code >> 31) // all ones if the bit is zero
		d.code += d.rng & t
		if d.rng < 1<<24 {
			d.rng <<= 8
			d.code = d.code<<8 | uint32(d.next())
		}
		v = v<<1 + int(t+1)
	}
	return v
}

// tree decodes a symbol of n bits, the highest first.
func (d *lzma) tree(p []prob, n uint) int {
	m := 1
	for range n {
		m = m<<1 + d.bit(&p[m])
	}
	return m - 1<<n
}

// reverse decodes a symbol of n bits, the lowest first.
func (d *lzma) reverse(p []prob, n uint) (v int) {
	m := 1
	for i := range n {
		bit := d.bit(&p[m])
		m = m<<1 + bit
		v |= bit << i
	}
	return v
}

func (d *lzma) literal(w *window) {
	pos := int(w.total - d.base)
	context := (pos&(1<<d.lp-1))<<d.lc + int(w.back(1))>>(8-d.lc)
	p := d.lit[0x300*context:][:0x300]
	s := 1
	if d.state >= 7 {
		for match := int(w.back(d.rep[0] + 1)); s < 0x100; {
			bit := match >> 7 & 1
			match <<= 1
			got := d.bit(&p[(1+bit)<<8+s])
			s = s<<1 | got
			if got != bit {
				break
			}
		}
	}
	for s < 0x100 {
		s = s<<1 | d.bit(&p[s])
	}
	w.put(byte(s))
	switch {
	case d.state < 4:
		d.state = 0
	case d.state < 10:
		d.state -= 3
	default:
		d.state -= 6
	}
}

func (d *lzma) len(l *lzmaLength, pos int) int {
	if d.bit(&l.choice) == 0 {
		return d.tree(l.low[pos][:], 3)
	}
	if d.bit(&l.choice2) == 0 {
		return 8 + d.tree(l.mid[pos][:], 3)
	}
	return 16 + d.tree(l.high[:], 8)
}

func (d *lzma) distance(length int) int {
	slot := d.tree(d.slot[min(length, 3)][:], 6)
	if slot < 4 {
		return slot
	}
	extra := uint(slot/2 - 1)
	distance := (2 | slot&1) << extra
	if slot < 14 {
		return distance + d.reverse(d.special[distance-slot:], extra)
	}
	distance += d.direct(extra-4) << 4
	return distance + d.reverse(d.align[:], 4)
}
