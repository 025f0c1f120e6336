package app

// Body is bytes that come over time. It keeps at least the newest Keep bytes that
// were looked at already, and all that were not yet. The zero value keeps none.
type Body struct {
	Keep  int // bytes kept of what was looked at
	kept  []byte
	base  uint64 // offset of kept[0]
	seen  int    // of kept, looked at by all stages
	final bool
}

// bodySlack is how much more memory than 4 times Keep a body may hold on to.
const bodySlack = 16 << 10

// Reset empties the body but keeps its memory, if that is not much.
func (b *Body) Reset() {
	b.kept, b.base, b.seen, b.final = b.kept[:0], 0, 0, false
	if b.oversized() {
		b.kept = nil
	}
}

func (b *Body) oversized() bool { return cap(b.kept) > 4*b.Keep+bodySlack }

// Append adds bytes. What was looked at and is older than Keep goes.
func (b *Body) Append(data []byte) {
	drop := b.seen - b.Keep
	if drop > b.Keep || drop > 0 && len(b.kept)+len(data) > cap(b.kept) {
		kept := b.kept[:0]
		if b.oversized() {
			kept = make([]byte, 0, 2*b.Keep+len(data))
		}
		b.kept = append(kept, b.kept[drop:]...)
		b.base += uint64(drop)
		b.seen -= drop
	}
	b.kept = append(b.kept, data...)
}

// skipMark is how many zeros stand for a hole, if bytes before it were not looked at yet.
const skipMark = 64

// Skip says that n bytes are missing. They count, and nothing matches across them.
func (b *Body) Skip(n uint64) {
	if b.seen == len(b.kept) {
		b.base += uint64(len(b.kept)) + n
		b.kept, b.seen = b.kept[:0], 0
		return
	}
	mark := min(n, skipMark)
	b.kept = append(b.kept, make([]byte, mark)...)
	b.base += n - mark
}

// Finish says that nothing more comes.
func (b *Body) Finish() { b.final = true }

// Seen says that the stages looked at all there is. What is much more than Keep goes at
// once: nothing may ever be added.
func (b *Body) Seen() {
	if b.seen = len(b.kept); !b.oversized() {
		return
	}
	drop := max(0, len(b.kept)-b.Keep)
	b.kept = append(make([]byte, 0, 2*b.Keep), b.kept[drop:]...)
	b.base += uint64(drop)
	b.seen = len(b.kept)
}

// Settle is Seen for a body that may only keep room bytes once nothing more comes: it gives
// up all if it takes more. It returns how many it takes then, 0 for one that still grows.
func (b *Body) Settle(room int) int {
	b.Seen()
	switch {
	case !b.final:
		return 0
	case cap(b.kept) > room:
		*b = Body{Keep: b.Keep, base: b.Len(), final: true}
	}
	return cap(b.kept)
}

// Len is the number of bytes that came.
func (b *Body) Len() uint64 { return b.base + uint64(len(b.kept)) }

// Buffer returns what is kept.
func (b *Body) Buffer() Buffer {
	return Buffer{Data: b.kept, Offset: b.base, Fresh: b.seen, Final: b.final}
}

// Free gives the memory up, for a transaction that is over.
func (b *Body) Free() { *b = Body{Keep: b.Keep} }
