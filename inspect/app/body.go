package app

// Body is bytes that come over time. It keeps the newest Keep bytes that were
// looked at already, and all that were not yet. The zero value keeps none.
type Body struct {
	Keep  int // bytes kept of what was looked at
	kept  []byte
	base  uint64 // offset of kept[0]
	seen  int    // of kept, looked at by all stages
	final bool
}

// Reset empties the body but keeps its memory.
func (b *Body) Reset() { b.kept, b.base, b.seen, b.final = b.kept[:0], 0, 0, false }

// Append adds bytes. What was looked at and is older than Keep goes.
func (b *Body) Append(data []byte) {
	if drop := b.seen - b.Keep; drop > 0 {
		n := copy(b.kept, b.kept[drop:])
		b.kept = b.kept[:n]
		b.base += uint64(drop)
		b.seen -= drop
	}
	b.kept = append(b.kept, data...)
}

// Finish says that nothing more comes.
func (b *Body) Finish() { b.final = true }

// Seen says that the stages looked at all there is.
func (b *Body) Seen() { b.seen = len(b.kept) }

// Len is the number of bytes that came.
func (b *Body) Len() uint64 { return b.base + uint64(len(b.kept)) }

// Buffer returns what is kept.
func (b *Body) Buffer() Buffer {
	return Buffer{Data: b.kept, Offset: b.base, Fresh: b.seen, Final: b.final}
}

// Free gives the memory up, for a transaction that is over.
func (b *Body) Free() { *b = Body{Keep: b.Keep} }
