package inflate

// storedLength reads the length of a stored block (RFC 1951, 3.2.4).
func (d *Decoder) storedLength() {
	if d.have < 32 {
		return
	}
	n := d.take(16)
	if d.take(16) != n^0xffff {
		d.status = Failed
		return
	}
	d.left, d.step = n, storedBytes
}

// stored passes bytes of a stored block on: first those already taken as bits.
func (d *Decoder) stored(in []byte, out Sink) []byte {
	for d.left > 0 {
		if d.window.room() == 0 && !d.window.more(out) {
			d.status = Halted
			return in
		}
		if d.have >= 8 {
			d.window.put(byte(d.take(8)))
			d.left--
			continue
		}
		n := min(d.left, len(in), d.window.room())
		if n == 0 {
			return in
		}
		d.window.write(in[:n])
		in = in[n:]
		d.left -= n
	}
	d.endBlock()
	return in
}

// The fixed codes (RFC 1951, 3.2.6). Blocks with them may be shorter than two bytes: their
// tables are made once.
var fixedLit, fixedDist = fixedCodes()

func fixedCodes() (lit, dist huffman) {
	n := make([]uint8, maxSymbols)
	for i := range n {
		switch {
		case i < 144:
			n[i] = 8
		case i < 256:
			n[i] = 9
		case i < 280:
			n[i] = 7
		default:
			n[i] = 8
		}
	}
	lit.init(n)
	n = n[:32]
	for i := range n {
		n[i] = 5
	}
	dist.init(n)
	return lit, dist
}

// counts reads how many codes a dynamic block has (RFC 1951, 3.2.7).
func (d *Decoder) counts() {
	if d.have < 14 {
		return
	}
	d.lits = d.take(5) + 257
	d.dists = d.take(5) + 1
	d.codes = d.take(4) + 4
	d.read = 0
	d.step = codeOrder
	if d.lits > 286 || d.dists > len(distBase) {
		d.status = Failed
	}
}

// orders reads the lengths of the code length code.
func (d *Decoder) orders() {
	for d.read < d.codes {
		if d.have < 3 {
			return
		}
		d.lengths[order[d.read]] = uint8(d.take(3))
		d.read++
	}
	for _, s := range order[d.codes:] {
		d.lengths[s] = 0
	}
	if !d.lit.init(d.lengths[:len(order)]) {
		d.status = Failed
		return
	}
	d.read, d.step = 0, codeLengths
}

// codeLengths reads the lengths of both codes. Some say to repeat.
func (d *Decoder) codeLengths() {
	for d.read < d.lits+d.dists {
		s, n := d.lit.find(d.acc, d.have)
		if n < 0 {
			d.status = Failed
			return
		}
		extra := uint(0)
		if s >= 16 {
			extra = [3]uint{2, 3, 7}[s-16]
		}
		if n == 0 || d.have < uint(n)+extra {
			return
		}
		d.take(uint(n))
		if !d.length(s, d.take(extra)) {
			d.status = Failed
			return
		}
	}
	ok := d.lit.init(d.lengths[:d.lits]) && d.dist.init(d.lengths[d.lits:d.lits+d.dists])
	if !ok {
		d.status = Failed
		return
	}
	d.step = symbols
}

// length enters what symbol s of the code length code says. False if it says
// nonsense.
func (d *Decoder) length(s, extra int) bool {
	if s < 16 {
		d.lengths[d.read] = uint8(s)
		d.read++
		return true
	}
	value, times := uint8(0), 0
	switch s {
	case 16:
		if d.read == 0 {
			return false
		}
		value, times = d.lengths[d.read-1], 3+extra
	case 17:
		times = 3 + extra
	default:
		times = 11 + extra
	}
	if d.read+times > d.lits+d.dists {
		return false
	}
	for range times {
		d.lengths[d.read] = value
		d.read++
	}
	return true
}

// symbols decodes as many literals and copies as whole ones are there, with no
// more input than one copy can have.
func (d *Decoder) symbols(out Sink) {
	for {
		s, n := d.lit.find(d.acc, d.have)
		switch {
		case n < 0 || s > 285:
			d.status = Failed
			return
		case n == 0:
			return
		case s == 256:
			d.take(uint(n))
			d.endBlock()
			return
		case s > 256:
			d.pair(s-257, uint(n))
			return
		}
		if d.window.room() == 0 && !d.window.more(out) {
			d.status = Halted
			return
		}
		d.take(uint(n))
		d.window.put(byte(s))
	}
}

// pair reads a length, whose code of n bits has symbol s, and its distance,
// if both are there whole.
func (d *Decoder) pair(s int, n uint) {
	used := n + uint(lengthBits[s])
	if d.have < used {
		return
	}
	ds, dn := d.dist.find(d.acc>>used, d.have-used)
	if dn < 0 || ds >= len(distBase) {
		d.status = Failed
		return
	}
	if dn == 0 || d.have < used+uint(dn)+uint(distBits[ds]) {
		return
	}
	d.take(n)
	d.left = int(lengthBase[s]) + d.take(uint(lengthBits[s]))
	d.take(uint(dn))
	d.distance = int(distBase[ds]) + d.take(uint(distBits[ds]))
	if !d.window.reaches(d.distance) {
		d.status = Failed
		return
	}
	d.step = copying
}

// repeat does a copy.
func (d *Decoder) repeat(out Sink) {
	for d.left > 0 {
		if d.window.room() == 0 && !d.window.more(out) {
			d.status = Halted
			return
		}
		d.left -= d.window.copy(d.distance, d.left)
	}
	d.step = symbols
}
