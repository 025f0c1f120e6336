package unpack

// window is what a decoder has put out, as far back as it may copy from. It
// grows with what comes out, never with what a header says: the dictionary of
// 4 GiB that an LZMA header may claim costs nothing until 4 GiB are there.
type window struct {
	out    []byte
	size   int   // how far back a copy may reach
	read   int   // of out, handed to the reader
	capped bool  // size is less than the format's, for want of memory
	total  int64 // bytes put out
}

func (w *window) put(c byte) {
	w.out = append(w.out, c)
	w.total++
}

// write puts bytes out as they are.
func (w *window) write(p []byte) {
	w.out = append(w.out, p...)
	w.total += int64(len(p))
}

// copy repeats n bytes from distance back.
func (w *window) copy(distance, n int) error {
	from := len(w.out) - distance
	switch {
	case distance <= 0:
		return errFormat
	case distance > w.size && w.capped:
		return LimitMemory
	case distance > w.size || from < 0:
		return errFormat
	}
	for ; n > 0; n-- { // byte by byte, for the two may overlap
		w.out = append(w.out, w.out[from])
		from++
		w.total++
	}
	return nil
}

// back is the byte at a distance, zero before the first.
func (w *window) back(distance int) byte {
	if i := len(w.out) - distance; i >= 0 && i < len(w.out) {
		return w.out[i]
	}
	return 0
}

// cut takes back what was put out since total.
func (w *window) cut(total int64) {
	w.out = w.out[:len(w.out)-int(w.total-total)]
	w.total = total
}

// trim forgets what no copy reaches any more.
func (w *window) trim() {
	if w.read > 2*w.size+piece {
		keep := len(w.out) - w.size
		w.out = w.out[:copy(w.out, w.out[keep:])]
		w.read = len(w.out)
	}
}

// filler puts some bytes out; io.EOF says that there are no more.
type filler interface{ fill(w *window) error }

// windowReader reads what a filler puts out.
type windowReader struct {
	window
	from filler
	err  error
}

func (r *windowReader) Read(p []byte) (int, error) {
	for r.read == len(r.out) && r.err == nil {
		r.trim()
		r.err = r.from.fill(&r.window)
	}
	n := copy(p, r.out[r.read:])
	r.read += n
	if n == 0 && len(p) > 0 {
		return 0, r.err
	}
	return n, nil
}

// windowed reads from f with a window of size, or what memory there is: three
// times as much is allocated at the worst.
func (w *walker) windowed(f filler, size int64) *windowReader {
	most := max(1<<15, (int64(w.room())-piece)/4)
	return &windowReader{from: f, window: window{size: int(min(size, most)), capped: size > most}}
}
