package inflate

// trial is how many bytes of a stream are kept, so that it can be decoded again
// as something else when it turns out not to be what it looked like.
const trial = 512

// format is what a stream is taken for.
type format uint8

const (
	unknown format = iota
	gzip
	zlib
	raw
	alone    // LZMA
	identity // not compressed at all
)

// Stream decodes a body that its sender calls gzip or deflate. Which of both
// does not matter: browsers look at the bytes, and so does Stream. What cannot be
// decoded comes out as it is. The zero value is ready, for one goroutine.
type Stream struct {
	decoder Decoder
	format  format
	part    part
	flags   byte // of a gzip header
	at      int  // bytes of the part that were read
	left    int  // bytes of the part still to come
	read    int  // bytes of the input
	made    uint64
	failed  bool
	lzma    *lzma
	kept    [trial]byte
}

// Reset makes the stream ready for another body. It keeps its memory, but that of LZMA.
func (s *Stream) Reset() {
	s.lzma = nil
	s.decoder.Reset()
	s.format, s.part, s.flags, s.at, s.left = unknown, fixedHeader, 0, 0, 0
	s.read, s.made, s.failed = 0, 0, false
}

// ExpectLZMA says that the stream, which was just made ready, is to be LZMA.
func (s *Stream) ExpectLZMA() {
	if s.lzma == nil {
		s.lzma = new(lzma)
	}
	s.lzma.reset()
	s.format = alone
}

// TooLarge says that decoding needed more memory than it may have.
func (s *Stream) TooLarge() bool { return s.lzma != nil && s.lzma.tooLarge }

// broken says that what came is not what it was taken for.
func (s *Stream) broken() bool {
	if s.format == alone {
		return s.lzma.status == Failed
	}
	return s.format != identity && s.decoder.Status() == Failed
}

// Memory is the number of bytes that the stream holds beside itself.
func (s *Stream) Memory() int { return len(s.decoder.window.buf) }

// Failed says that decoding ended early or never began, because the bytes were not
// what they had to be.
func (s *Stream) Failed() bool { return s.failed }

// Write decodes in and gives out what it makes. False if the sink had enough.
func (s *Stream) Write(in []byte, out Sink) bool {
	if n := trial - s.read; n > 0 {
		n = min(n, len(in))
		if !s.try(in[:n], out) {
			return false
		}
		if in = in[n:]; len(in) == 0 {
			return true
		}
	}
	s.read += len(in)
	ok := s.decode(in, out)
	s.failed = s.failed || s.broken()
	return ok
}

// try decodes bytes that are still in time to show that the stream is something else.
func (s *Stream) try(in []byte, out Sink) bool {
	begin := s.read
	s.read += copy(s.kept[begin:], in)
	if s.format == unknown {
		if s.read < 2 {
			return true
		}
		s.format = sniff(s.kept[0], s.kept[1])
		in = s.kept[:s.read]
	}
	ok := s.decode(in, out)
	for ok && s.broken() {
		s.failed = true
		ok = s.again(out)
	}
	return ok
}

// Finish says that nothing more comes. False if the sink had enough.
func (s *Stream) Finish(out Sink) bool {
	if s.format == unknown && s.read > 0 {
		s.format, s.failed = identity, true
		return out.Decoded(s.kept[:s.read])
	}
	if s.format == alone {
		return s.lzma.write(nil, true, out)
	}
	return true
}

// sniff tells a format by its first two bytes.
func sniff(a, b byte) format {
	switch {
	case a == 0x1f && b == 0x8b:
		return gzip
	case a&0x0f == 8 && a>>4 <= 7 && (int(a)<<8|int(b))%31 == 0 && b&0x20 == 0:
		return zlib
	}
	return raw
}

// again decodes all that came as something else.
func (s *Stream) again(out Sink) bool {
	if s.format == zlib {
		s.format = raw
	} else {
		s.format = identity
	}
	s.decoder.Reset()
	s.part, s.at, s.left = fixedHeader, 0, 0
	return s.decode(s.kept[:s.read], out)
}
