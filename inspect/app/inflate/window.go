package inflate

// windowSize is the longest distance of a copy (RFC 1951, 3.2.5).
const windowSize = 32 << 10

// firstWindow is what a window begins with. Small bodies never need more.
const firstWindow = 2 << 10

// Sink takes what a decoder makes. The bytes are borrowed for the time of the
// call. False asks the decoder to stop.
type Sink interface {
	Decoded(p []byte) bool
}

// window is the newest output, as a ring once it is full.
type window struct {
	buf   []byte
	pos   int    // next byte goes here
	sent  int    // of buf, given to the sink up to here
	total uint64 // bytes of output
	limit int    // of buf; 0: windowSize
}

func (w *window) reset() { w.pos, w.sent, w.total = 0, 0, 0 }

// size is how much is kept at most.
func (w *window) size() int {
	if w.limit > 0 {
		return w.limit
	}
	return windowSize
}

// back returns the byte at a distance, 0 where none is kept.
func (w *window) back(distance int) byte {
	if !w.reaches(distance) {
		return 0
	}
	from := w.pos - distance
	if from < 0 {
		from += len(w.buf)
	}
	return w.buf[from]
}

// room says how many bytes may be put before flush or grow is needed.
func (w *window) room() int { return len(w.buf) - w.pos }

// more makes room: it grows the window up to its size, and then goes round.
// False if the sink has had enough.
func (w *window) more(out Sink) bool {
	if n := len(w.buf); n < w.size() {
		grown := make([]byte, max(2*n, firstWindow))
		copy(grown, w.buf)
		w.buf = grown
		return true
	}
	if !w.flush(out) {
		return false
	}
	w.pos, w.sent = 0, 0
	return true
}

// flush gives the sink what it does not have.
func (w *window) flush(out Sink) bool {
	p := w.buf[w.sent:w.pos]
	w.sent = w.pos
	return len(p) == 0 || out.Decoded(p)
}

// put appends a byte; there must be room.
func (w *window) put(b byte) {
	w.buf[w.pos] = b
	w.pos++
	w.total++
}

// write appends bytes; there must be room.
func (w *window) write(p []byte) {
	copy(w.buf[w.pos:], p)
	w.pos += len(p)
	w.total += uint64(len(p))
}

// reaches says whether output goes back that far.
func (w *window) reaches(distance int) bool {
	return uint64(distance) <= min(w.total, uint64(w.size()))
}

// copy repeats up to n bytes from distance back, as many as there is room for,
// and returns how many.
func (w *window) copy(distance, n int) int {
	n = min(n, w.room())
	from := w.pos - distance
	if from < 0 {
		from += len(w.buf)
	}
	for range n {
		w.buf[w.pos] = w.buf[from]
		w.pos++
		if from++; from == len(w.buf) {
			from = 0
		}
	}
	w.total += uint64(n)
	return n
}
