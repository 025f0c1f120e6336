package inflate

// Status is how far a decoder has come.
type Status uint8

// The states of a decoder.
const (
	Running Status = iota // more input is wanted
	Done                  // the last block ended
	Failed                // what came is no DEFLATE
	Halted                // the sink had enough
)

// step is what a decoder does next.
type step uint8

const (
	blockHeader step = iota
	storedLength
	storedBytes
	codeCounts
	codeOrder
	codeLengths
	symbols
	copying
)

// order is that of the code lengths of the code length code (RFC 1951, 3.2.7).
var order = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// Lengths and distances: base and extra bits by symbol (RFC 1951, 3.2.5).
var (
	lengthBase = [29]uint16{3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258}
	lengthBits = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distBase   = [30]uint16{1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577}
	distBits   = [30]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}
)

// Decoder decodes one DEFLATE stream. The zero value is ready. It is for one
// goroutine.
type Decoder struct {
	window
	acc    uint64 // bits of the input not yet used, next at the lowest
	have   uint   // number of them
	step   step
	status Status
	last   bool // the block is the last

	left     int // bytes of a stored block, or of a copy
	distance int // of a copy

	lits, dists, codes int // codes of a dynamic block
	read               int // code lengths read
	lengths            [maxSymbols + 32]uint8
	lit, dist          huffman
}

// Reset makes the decoder ready for another stream. It keeps its memory.
func (d *Decoder) Reset() {
	d.window.reset()
	d.acc, d.have, d.step, d.status, d.last = 0, 0, blockHeader, Running, false
}

// Status says how far the decoder has come.
func (d *Decoder) Status() Status { return d.status }

// Total is the number of bytes made so far.
func (d *Decoder) Total() uint64 { return d.window.total }

// Write decodes in, gives out all that it makes, and returns what is left of
// in: nothing while Running, what follows the stream when Done.
func (d *Decoder) Write(in []byte, out Sink) []byte {
	all := in
	for d.status == Running {
		for d.have <= 56 && len(in) > 0 {
			d.acc |= uint64(in[0]) << d.have
			d.have += 8
			in = in[1:]
		}
		before, step, made := d.have, d.step, d.window.total
		in = d.advance(in, out)
		if len(in) == 0 && d.have == before && d.step == step && d.window.total == made {
			break
		}
	}
	if !d.window.flush(out) && d.status == Running {
		d.status = Halted
	}
	if d.status == Done {
		// Whole bytes among the bits came with this call: had they come before, the end had been found then.
		in = all[len(all)-len(in)-int(d.have/8):]
		d.acc, d.have = 0, 0
	}
	return in
}

// advance does one step with the bits there are. Stored bytes are taken from in.
func (d *Decoder) advance(in []byte, out Sink) []byte {
	switch d.step {
	case blockHeader:
		d.header()
	case storedLength:
		d.storedLength()
	case storedBytes:
		return d.stored(in, out)
	case codeCounts:
		d.counts()
	case codeOrder:
		d.orders()
	case codeLengths:
		d.codeLengths()
	case symbols:
		d.symbols(out)
	case copying:
		d.repeat(out)
	}
	return in
}

// take uses n bits, which must be there.
func (d *Decoder) take(n uint) int {
	v := int(d.acc & (1<<n - 1))
	d.acc >>= n
	d.have -= n
	return v
}

// header reads the three bits before a block (RFC 1951, 3.2.3).
func (d *Decoder) header() {
	if d.have < 3 {
		return
	}
	d.last = d.take(1) == 1
	switch d.take(2) {
	case 0:
		d.take(d.have & 7)
		d.step = storedLength
	case 1:
		d.lit, d.dist = fixedLit, fixedDist
		d.step = symbols
	case 2:
		d.step = codeCounts
	default:
		d.status = Failed
	}
}

// endBlock goes on after a block, or ends the stream.
func (d *Decoder) endBlock() {
	d.step = blockHeader
	if d.last {
		d.status = Done
	}
}
