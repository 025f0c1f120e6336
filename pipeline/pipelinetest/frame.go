package pipelinetest

import (
	"encoding/binary"
	"net/netip"
)

// Layer is a header of a frame, or its payload. Fields that are zero have
// sensible values, lengths and checksums are computed; fields named Bad… or
// called an override make a header lie.
type Layer interface {
	// encode returns the layer in front of body, which is what follows it.
	encode(at place, body []byte) []byte
}

// place is where a layer stands in its frame.
type place struct {
	above []Layer // those in front of it
	next  Layer   // the one behind it, nil for the last
}

// group is a layer that stands for several.
type group interface{ layers() []Layer }

// Frame returns a frame made of layers, the outermost first.
func Frame(layers ...Layer) []byte { return build(flatten(layers)) }

func build(layers []Layer) []byte { return encodeFrom(layers, 0) }

// encodeFrom returns layer i and what is behind it, as part of the frame.
func encodeFrom(layers []Layer, i int) []byte {
	var frame []byte
	for n := len(layers) - 1; n >= i; n-- {
		at := place{above: layers[:n]}
		if n+1 < len(layers) {
			at.next = layers[n+1]
		}
		frame = layers[n].encode(at, frame)
	}
	return frame
}

func flatten(layers []Layer) []Layer {
	var flat []Layer
	for _, l := range layers {
		if g, ok := l.(group); ok {
			flat = append(flat, g.layers()...)
		} else {
			flat = append(flat, l)
		}
	}
	return flat
}

// Split returns the frames of the layers' innermost IP packet in fragments: its
// payload is cut at the given offsets, multiples of 8.
func Split(layers []Layer, cuts ...int) [][]byte {
	layers = flatten(layers)
	i := len(layers) - 1
	for !isIP(layers[i]) {
		i--
	}
	data := encodeFrom(layers, i+1)
	var frames [][]byte
	for n, from := range append([]int{0}, cuts...) {
		to := len(data)
		if n < len(cuts) {
			to = cuts[n]
		}
		frames = append(frames, Piece(layers, data[from:to], from, n < len(cuts)))
	}
	return frames
}

// Piece returns one frame of the layers' innermost IP packet: a fragment with
// any data at any offset.
func Piece(layers []Layer, data []byte, offset int, more bool) []byte {
	layers = flatten(layers)
	i := len(layers) - 1
	for !isIP(layers[i]) {
		i--
	}
	head := append([]Layer{}, layers[:i]...)
	proto := protoOf(layers[i+1])
	switch ip := layers[i].(type) {
	case IPv4:
		ip.Offset, ip.More, ip.Proto = offset, more, or(ip.Proto, proto)
		head = append(head, ip)
	case IPv6:
		fragment := Fragment6{Offset: offset, More: more, ID: ip.FragmentID, Next: or(ip.Next, proto)}
		ip.Next = 0
		head = append(head, ip, fragment)
	}
	return build(append(head, Bytes(data)))
}

func isIP(l Layer) bool {
	switch l.(type) {
	case IPv4, IPv6:
		return true
	}
	return false
}

// Payload is text at the end of a frame.
type Payload string

func (p Payload) encode(_ place, body []byte) []byte { return append([]byte(p), body...) }

// Bytes are bytes as they are, at any place.
type Bytes []byte

func (b Bytes) encode(_ place, body []byte) []byte { return append(append([]byte{}, b...), body...) }

// Zeros is a payload of so many zeros.
type Zeros int

func (n Zeros) encode(_ place, body []byte) []byte { return append(make([]byte, n), body...) }

// sum is the Internet checksum the slow way: one 16-bit word at a time.
func sum(parts ...[]byte) uint16 {
	total := uint32(0)
	for _, part := range parts {
		for i, b := range part {
			if i%2 == 0 {
				total += uint32(b) << 8
			} else {
				total += uint32(b)
			}
		}
	}
	for total > 0xffff {
		total = total>>16 + total&0xffff
	}
	return ^uint16(total)
}

// pseudo returns the pseudo header of a transport checksum.
func (at place) pseudo(proto uint8, length int) []byte {
	for i := len(at.above) - 1; i >= 0; i-- {
		switch ip := at.above[i].(type) {
		case IPv4:
			b := append(addr(ip.Src, "10.1.0.5"), addr(ip.Dst, "10.2.0.9")...)
			return binary.BigEndian.AppendUint16(append(b, 0, proto), uint16(length))
		case IPv6:
			b := append(addr(ip.Src, "2001:db8:1::5"), addr(ip.Dst, "2001:db8:2::9")...)
			return append(binary.BigEndian.AppendUint32(b, uint32(length)), 0, 0, 0, proto)
		}
	}
	return nil
}

func (at place) inIPv6() bool {
	for i := len(at.above) - 1; i >= 0; i-- {
		if isIP(at.above[i]) {
			_, v6 := at.above[i].(IPv6)
			return v6
		}
	}
	return false
}

func addr(text, otherwise string) []byte {
	if text == "" {
		text = otherwise
	}
	return netip.MustParseAddr(text).AsSlice()
}

// or returns v, or otherwise if v is zero.
func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
