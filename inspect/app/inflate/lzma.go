package inflate

// Bounds of LZMA: dictionaries beyond lzmaWindow and literal coders beyond
// lzmaLiteral bits of context are refused.
const (
	lzmaWindow  = 1 << 20
	lzmaLiteral = 4
	lzmaHeader  = 13 // properties, dictionary size, length
	lzmaStart   = 5  // bytes that the range coder begins with
	lzmaAhead   = 20 // bytes that one symbol needs at most
)

// prob is the chance of a zero bit, of 2048.
type prob = uint16

// lengthCoder has the probabilities of lengths.
type lengthCoder struct {
	choice [2]prob
	low    [16][8]prob
	mid    [16][8]prob
	high   [256]prob
}

// models are all probabilities but those of literals.
type models struct {
	isMatch, isRep0Long              [12 << 4]prob
	isRep, isRepG0, isRepG1, isRepG2 [12]prob
	slot                             [4][64]prob
	special                          [128]prob
	align                            [16]prob
	length, repLength                lengthCoder
}

// lzma decodes the .lzma form of LZMA (its specification by Igor Pavlov, 2015). It takes
// a symbol once all bytes that one can need are there.
type lzma struct {
	window
	models
	literals  [0x300 << lzmaLiteral]prob
	in        []byte // not decoded
	at        int    // of in
	status    Status
	began     bool
	short     bool // a symbol needed more bytes than there are
	lc        uint
	lpMask    uint64
	pbMask    uint64
	size      uint64 // ^0: until the end mark
	rng, code uint32
	state     int
	rep       [4]uint32
	left      int // bytes of a copy
	tooLarge  bool
}

// reset makes it ready for another stream. It keeps memory, if that is not much.
func (l *lzma) reset() {
	w, in := l.window, l.in[:0]
	w.reset()
	if w.limit = lzmaWindow; len(w.buf) > 2*windowSize {
		w.buf = nil
	}
	*l = lzma{window: w, in: in}
}

// write decodes in. Final says that nothing more comes. False if the sink had enough.
func (l *lzma) write(in []byte, final bool, out Sink) bool {
	l.in = append(l.in, in...)
	for l.status == Running && l.step(final, out) {
	}
	if !l.window.flush(out) && l.status == Running {
		l.status = Halted
	}
	l.in = l.in[:copy(l.in, l.in[l.at:])]
	l.at = 0
	if l.status != Running {
		l.in = l.in[:0]
	}
	return l.status != Halted
}

// step does one thing: false if more bytes are needed.
func (l *lzma) step(final bool, out Sink) bool {
	have := len(l.in) - l.at
	switch {
	case !l.began:
		if have < lzmaHeader+lzmaStart {
			return false
		}
		l.begin()
	case l.left > 0:
		if l.window.room() == 0 && !l.window.more(out) {
			l.status = Halted
			return false
		}
		l.left -= l.window.copy(int(l.rep[0])+1, l.left)
	case l.window.total == l.size:
		l.status = Done
	case have < lzmaAhead && (!final || l.short):
		return false
	case l.window.room() == 0 && !l.window.more(out):
		l.status = Halted
	default:
		l.symbol()
	}
	return true
}

// begin reads the header.
func (l *lzma) begin() {
	h := l.in[l.at:]
	props := uint(h[0])
	l.lc = props % 9
	lp, pb := props/9%5, props/45
	if pb > 4 || l.lc+lp > lzmaLiteral || h[lzmaHeader] != 0 {
		l.status = Failed
		return
	}
	l.lpMask, l.pbMask = 1<<lp-1, 1<<pb-1
	for i := range 8 {
		l.size |= uint64(h[5+i]) << (8 * i)
	}
	for _, b := range h[lzmaHeader+1 : lzmaHeader+lzmaStart] {
		l.code = l.code<<8 | uint32(b)
	}
	l.rng = 1<<32 - 1
	l.at += lzmaHeader + lzmaStart
	l.began = true
	l.models.init()
	for i := range l.literals {
		l.literals[i] = 1024
	}
}

// bit decodes one bit.
func (l *lzma) bit(p *prob) uint32 {
	bound := l.rng >> 11 * uint32(*p)
	b := uint32(0)
	if l.code < bound {
		l.rng = bound
		*p += (2048 - *p) >> 5
	} else {
		l.rng -= bound
		l.code -= bound
		*p -= *p >> 5
		b = 1
	}
	l.refill()
	return b
}

// refill takes another byte if the range is small.
func (l *lzma) refill() {
	if l.rng >= 1<<24 {
		return
	}
	b := byte(0)
	if l.at < len(l.in) {
		b = l.in[l.at]
		l.at++
	} else {
		l.short = true
	}
	l.rng <<= 8
	l.code = l.code<<8 | uint32(b)
}

// direct decodes n bits of equal chances.
func (l *lzma) direct(n uint) uint32 {
	v := uint32(0)
	for range n {
		l.rng >>= 1
		b := uint32(0)
		if l.code >= l.rng {
			l.code -= l.rng
			b = 1
		}
		v = v<<1 | b
		l.refill()
	}
	return v
}

// tree decodes n bits, highest first.
func (l *lzma) tree(p []prob, n uint) uint32 {
	m := uint32(1)
	for range n {
		m = m<<1 | l.bit(&p[m])
	}
	return m - 1<<n
}

// reverse decodes n bits, lowest first.
func (l *lzma) reverse(p []prob, n uint) uint32 {
	m, v := uint32(1), uint32(0)
	for i := range n {
		b := l.bit(&p[m])
		m = m<<1 | b
		v |= b << i
	}
	return v
}
