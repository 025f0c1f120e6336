package inflate

import "bytes"

// part is where in a gzip member the stream is.
type part uint8

// The parts, in the order of RFC 1952, 2.3. Those of zlib and raw streams are
// skipping (the header, if any) and content.
const (
	fixedHeader part = iota // 10 bytes
	extraLength             // 2 bytes
	extra
	name
	comment
	headerCRC // 2 bytes
	content
	trailer // 8 bytes
	ignored
	skipping
)

// Flags of a gzip header (RFC 1952, 2.3.1).
const (
	gzipHeaderCRC = 1 << 1
	gzipExtra     = 1 << 2
	gzipName      = 1 << 3
	gzipComment   = 1 << 4
)

// decode takes bytes as what the stream was taken for.
func (s *Stream) decode(in []byte, out Sink) bool {
	switch {
	case s.format == identity:
		return len(in) == 0 || out.Decoded(in)
	case s.format == alone:
		return s.lzma.write(in, false, out)
	case s.format == gzip:
		return s.members(in, out)
	case s.part == fixedHeader:
		s.part, s.left = skipping, 0
		if s.format == zlib {
			s.left = 2
		}
	}
	if in = s.skip(in); s.left == 0 {
		s.decoder.Write(in, out)
	}
	return s.decoder.Status() != Halted
}

// skip leaves out what is to be skipped.
func (s *Stream) skip(in []byte) []byte {
	n := min(s.left, len(in))
	s.left -= n
	return in[n:]
}

// members decodes gzip members, one after the other (RFC 1952, 2.2). Checksums and
// lengths are not looked at, nor are flags that nobody defined: browsers do not either.
func (s *Stream) members(in []byte, out Sink) bool {
	for len(in) > 0 && s.decoder.Status() != Failed {
		switch s.part {
		case ignored:
			return true
		case content:
			in = s.decoder.Write(in, out)
		case trailer:
			if in = s.skip(in); s.left == 0 {
				s.member()
			}
		default:
			in = s.header(in)
		}
		if s.decoder.Status() == Halted {
			return false
		}
		if s.part == content && s.decoder.Status() == Done {
			s.part, s.left = trailer, 8
		}
	}
	return true
}

// member begins another member.
func (s *Stream) member() {
	s.made += s.decoder.Total()
	s.decoder.Reset()
	s.part, s.at, s.flags = fixedHeader, 0, 0
}

// header reads some of a member's header.
func (s *Stream) header(in []byte) []byte {
	switch s.part {
	case fixedHeader:
		s.fixed(in[0])
		return in[1:]
	case extraLength:
		s.left |= int(in[0]) << (8 * s.at)
		if s.at++; s.at == 2 {
			s.enter(extra)
		}
		return in[1:]
	case extra, headerCRC:
		if in = s.skip(in); s.left == 0 {
			s.enter(s.part + 1)
		}
		return in
	}
	end := bytes.IndexByte(in, 0) // of a name or comment
	if end < 0 {
		return nil
	}
	s.enter(s.part + 1)
	return in[end+1:]
}

// fixed reads a byte of the first ten. What follows a member and is no member is
// nothing.
func (s *Stream) fixed(b byte) {
	switch s.at {
	case 0, 1:
		if b != [2]byte{0x1f, 0x8b}[s.at] {
			s.part = ignored
			return
		}
	case 3:
		s.flags = b
	}
	if s.at++; s.at == 10 {
		s.at, s.left = 0, 0
		s.enter(extraLength)
	}
}

// enter goes to a part of the header, or to the first after it that is there.
func (s *Stream) enter(p part) {
	if p == extraLength && s.flags&gzipExtra == 0 {
		p = name
	}
	if p == extra && s.left == 0 {
		p = name
	}
	if p == name && s.flags&gzipName == 0 {
		p = comment
	}
	if p == comment && s.flags&gzipComment == 0 {
		p = headerCRC
	}
	if p == headerCRC {
		s.left = 2
		if s.flags&gzipHeaderCRC == 0 {
			p = content
		}
	}
	s.part = p
}
