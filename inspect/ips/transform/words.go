package transform

import (
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"vxwall/inspect/app/inflate"
	"vxwall/inspect/ips/chain"
)

// xor changes bytes by a key, which may stand in the buffer itself.
type xor struct {
	key         []byte
	offset      int // of the first byte to change
	size, place int // of a key in the buffer
}

// newXOR reads "0d0a", or offset 1,extract 2 0.
func newXOR(arg string) (step, error) {
	x := &xor{}
	for _, part := range strings.Split(arg, ",") {
		words := strings.Fields(strings.Trim(strings.TrimSpace(part), `"`))
		switch {
		case len(words) == 2 && words[0] == "offset":
			x.offset = number(words[1])
		case len(words) == 3 && words[0] == "extract":
			x.size, x.place = number(words[1]), number(words[2])
		case len(words) == 1:
			var err error
			if x.key, err = hex.DecodeString(words[0]); err != nil {
				return nil, fmt.Errorf("bad key %q: expected hexadecimal digits", words[0])
			}
		}
	}
	if x.offset < 0 || x.size < 0 || x.place < 0 || len(x.key) == 0 && x.size == 0 {
		return nil, fmt.Errorf("bad value %q: expected a key", arg)
	}
	return x, nil
}

func (x *xor) apply(dst, src []byte, _ *Scratch) []byte {
	key := x.key
	if x.size > 0 {
		if x.place+x.size > len(src) {
			return append(dst, src...)
		}
		key = src[x.place : x.place+x.size]
	}
	dst = append(dst, src...)
	for i := x.offset; i < len(src); i++ {
		dst[i] ^= key[(i-x.offset)%len(key)]
	}
	return dst
}

func number(text string) int {
	n, err := strconv.ParseInt(text, 0, 32)
	if err != nil {
		return -1
	}
	return int(n)
}

// fromBase64 decodes base64. What is none stays as it is.
type fromBase64 struct {
	bytes, offset int
	strict        bool
}

func newBase64(arg string) (step, error) {
	b := &fromBase64{}
	for _, part := range strings.Split(arg, ",") {
		words := strings.Fields(part)
		switch {
		case len(words) == 0:
		case len(words) == 2 && words[0] == "bytes":
			b.bytes = number(words[1])
		case len(words) == 2 && words[0] == "offset":
			b.offset = number(words[1])
		case len(words) == 2 && words[0] == "mode":
			b.strict = words[1] == "strict"
		default:
			return nil, fmt.Errorf("unknown word %q: expected bytes, offset or mode", words[0])
		}
	}
	if b.bytes < 0 || b.offset < 0 {
		return nil, fmt.Errorf("bad value %q: expected numbers of 0 or more", arg)
	}
	return b, nil
}

func (b *fromBase64) apply(dst, src []byte, _ *Scratch) []byte {
	if b.offset >= len(src) {
		return append(dst, src...)
	}
	part := src[b.offset:]
	if b.bytes > 0 {
		part = part[:min(b.bytes, len(part))]
	}
	if b.strict && len(part)%4 != 0 {
		return append(dst, src...)
	}
	out := chain.DecodeBase64(dst, part)
	if len(out) == 0 {
		return append(dst, src...)
	}
	return out
}

// inflated is gunzip and zlib_deflate.
type inflated struct{ max int }

func newInflate(arg string) (step, error) {
	z := &inflated{max: MaxOutput}
	words := strings.Fields(arg)
	if len(words) == 0 {
		return z, nil
	}
	if len(words) != 2 || words[0] != "max-size" || number(words[1]) <= 0 {
		return nil, fmt.Errorf("bad value %q: expected max-size and a number", arg)
	}
	z.max = min(number(words[1]), MaxOutput)
	return z, nil
}

// inflater decodes into a slice.
type inflater struct {
	stream inflate.Stream
	out    []byte
	left   int
}

// Decoded takes what the stream makes.
func (i *inflater) Decoded(p []byte) bool {
	p = p[:min(len(p), i.left)]
	i.out = append(i.out, p...)
	i.left -= len(p)
	return i.left > 0
}

func (z *inflated) apply(dst, src []byte, s *Scratch) []byte {
	i := &s.inflater
	i.stream.Reset()
	i.out, i.left = dst, z.max
	if i.stream.Write(src, i) {
		i.stream.Finish(i)
	}
	return i.out
}

// slice is subslice: from an offset on, so many bytes; negative numbers count from the end.
type slice struct {
	offset, bytes int
	limited       bool
	truncate      bool // what lies outside is cut, instead of leaving nothing
}

func newSlice(arg string) (step, error) {
	parts := strings.Split(arg, ",")
	s := &slice{}
	if last := len(parts) - 1; strings.TrimSpace(parts[last]) == "truncate" {
		s.truncate = true
		parts = parts[:last]
	}
	for i, part := range parts {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || i > 1 {
			return nil, fmt.Errorf("bad value %q: expected offset, number of bytes, truncate", arg)
		}
		if i == 0 {
			s.offset = n
		} else {
			s.bytes, s.limited = n, true
		}
	}
	return s, nil
}

func (s *slice) apply(dst, src []byte, _ *Scratch) []byte {
	begin := s.offset
	if begin < 0 {
		begin += len(src)
	}
	if begin < 0 && s.truncate {
		begin = 0
	}
	end := len(src)
	switch {
	case s.limited && s.bytes < 0:
		end += s.bytes
	case s.limited:
		end = begin + s.bytes
	}
	if end > len(src) && s.truncate {
		end = len(src)
	}
	if begin < 0 || end > len(src) || begin >= end {
		return dst
	}
	return append(dst, src[begin:end]...)
}
