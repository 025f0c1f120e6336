package unpack

import "io"

// lzma decodes LZMA as its author's specification has it, and is the coder
// within LZMA2 too. It is our own, as libraries allocate what the header says.
type lzma struct {
	in         []byte
	code, rng  uint32
	over       int // bytes given beyond the end
	lc, lp, pb uint

	state int
	rep   [4]int
	left  int64 // bytes still to come; -1 if the end is marked
	debt  int   // of a copy cut by left
	marks bool  // an end mark may stand there
	init  bool
	base  int64 // of positions

	lit                           []prob
	isMatch, isRep0Long           [12 << 4]prob
	isRep, isRep0, isRep1, isRep2 [12]prob
	slot                          [4][64]prob
	special                       [115]prob
	align                         [16]prob
	length, repLength             lzmaLength
}

// prob is the probability of a zero, in 2048ths.
type prob uint16

type lzmaLength struct {
	choice, choice2 prob
	low, mid        [16][8]prob
	high            [256]prob
}

// newLZMA takes the byte of properties.
func newLZMA(in []byte, props byte, size int64) (*lzma, error) {
	d := &lzma{in: in, left: size, marks: true}
	return d, d.setProps(props)
}

func (d *lzma) setProps(props byte) error {
	if props >= 9*5*5 {
		return errFormat
	}
	d.lc, d.lp, d.pb = uint(props%9), uint(props/9%5), uint(props/45)
	if d.lc+d.lp > 4 && d.lc > 8 {
		return errFormat
	}
	d.lit = make([]prob, 0x300<<(d.lc+d.lp))
	return nil
}

// reset begins anew: no history in the probabilities.
func (d *lzma) reset(total int64) {
	for _, p := range [][]prob{
		d.lit, d.isMatch[:], d.isRep0Long[:], d.isRep[:], d.isRep0[:], d.isRep1[:], d.isRep2[:],
		d.slot[0][:], d.slot[1][:], d.slot[2][:], d.slot[3][:], d.special[:], d.align[:],
	} {
		even(p)
	}
	d.length.reset()
	d.repLength.reset()
	d.state, d.rep, d.base = 0, [4]int{}, total
}

func (l *lzmaLength) reset() {
	l.choice, l.choice2 = 1024, 1024
	for i := range l.low {
		even(l.low[i][:])
		even(l.mid[i][:])
	}
	even(l.high[:])
}

func even(p []prob) {
	for i := range p {
		p[i] = 1024
	}
}

// begin reads the first bytes of the range coder.
func (d *lzma) begin() {
	d.rng, d.code, d.over = 1<<32-1, 0, 0
	d.next()
	for range 4 {
		d.code = d.code<<8 | uint32(d.next())
	}
}

func (d *lzma) next() byte {
	if len(d.in) == 0 {
		d.over++
		return 0
	}
	c := d.in[0]
	d.in = d.in[1:]
	return c
}

func (d *lzma) fill(w *window) error {
	if !d.init {
		d.reset(w.total)
		d.begin()
		d.init = true
	}
	return d.run(w, w.total+piece/2)
}

// run decodes until the window has come to total, or the data to its end.
func (d *lzma) run(w *window, total int64) error {
	for w.total < total {
		switch {
		case d.left == 0:
			return io.EOF
		case d.debt > 0:
			return errFormat
		}
		before := w.total
		if err := d.symbol(w); err != nil {
			return err
		}
		if d.over > 0 { // the symbol is made of what is not there
			w.cut(before)
			return io.ErrUnexpectedEOF
		}
		if d.left > 0 {
			d.left -= w.total - before
		}
	}
	return nil
}

// symbol decodes a literal or a copy.
func (d *lzma) symbol(w *window) error {
	pos := int(w.total-d.base) & (1<<d.pb - 1)
	at := d.state<<4 + pos
	if d.bit(&d.isMatch[at]) == 0 {
		d.literal(w)
		return nil
	}
	if d.bit(&d.isRep[d.state]) == 0 {
		d.rep[3], d.rep[2], d.rep[1] = d.rep[2], d.rep[1], d.rep[0]
		n := d.len(&d.length, pos)
		d.state = after(d.state, 7, 10)
		d.rep[0] = d.distance(n)
		if d.rep[0] == 1<<32-1 {
			return d.endMark()
		}
		return d.copy(w, n+2)
	}
	if d.bit(&d.isRep0[d.state]) == 0 {
		if d.bit(&d.isRep0Long[at]) == 0 {
			d.state = after(d.state, 9, 11)
			return d.copy(w, 1)
		}
	} else {
		d.swap()
	}
	n := d.len(&d.repLength, pos)
	d.state = after(d.state, 8, 11)
	return d.copy(w, n+2)
}

// swap brings one of the older distances to the front.
func (d *lzma) swap() {
	i := 1
	if d.bit(&d.isRep1[d.state]) == 1 {
		i = 2 + d.bit(&d.isRep2[d.state])
	}
	r := d.rep[i]
	copy(d.rep[1:i+1], d.rep[:i])
	d.rep[0] = r
}

func after(state, literal, other int) int {
	if state < 7 {
		return literal
	}
	return other
}

func (d *lzma) endMark() error {
	if d.marks && d.left <= 0 {
		return io.EOF
	}
	return errFormat
}

// copy cuts what goes beyond the size; more data than that is an error then.
func (d *lzma) copy(w *window, n int) error {
	if d.left >= 0 && int64(n) > d.left {
		d.debt, n = n-int(d.left), int(d.left)
	}
	return w.copy(d.rep[0]+1, n)
}
