package pcapfile

import (
	"encoding/binary"
	"fmt"

	"vxwall/pipeline"
)

// kind says what a record means to the reader.
type kind uint8

const (
	packet    kind = iota
	structure      // describes packets after it, and is copied to the outputs
	other          // passed over
)

// record is a packet, or a block without one, as it stands in a capture.
type record struct {
	raw      []byte // all of it
	head     int    // bytes in front of the frame
	captured int    // bytes of the frame
	original uint32 // bytes that the frame had on the network
	time     int64  // nanoseconds since 1970
	iface    int
	link     pipeline.LinkType
	kind     kind
}

// frame returns the captured bytes, with no room to append.
func (r *record) frame() []byte {
	end := r.head + r.captured
	return r.raw[r.head:end:end]
}

// format reads and writes one kind of capture.
type format interface {
	// parse looks at what data begins with, and changes nothing. It returns how
	// many bytes that takes. If these are more than data has, the record holds
	// at most its kind, and its kind is right if data has a block's header.
	parse(data []byte, r *record) (int, error)
	// apply makes a structure count for what is parsed after it.
	apply(raw []byte) error
	// appendRecord appends a record like r that holds frame.
	appendRecord(dst []byte, r *record, frame []byte) []byte
	// appendExtra appends a record for a frame that is sent over an interface
	// at a time.
	appendExtra(dst []byte, iface int, time int64, frame []byte) ([]byte, error)
	// minimum is the number of bytes of the shortest record.
	minimum() int
}

// checkLengths refuses lengths that no capture program writes. They are the
// first sign of damage.
func checkLengths(captured, original uint32) error {
	if captured > maxFrame {
		return fmt.Errorf("packet of %d captured bytes (accepted: up to %d)", captured, maxFrame)
	}
	if captured > original {
		return fmt.Errorf("packet of %d bytes with %d captured", original, captured)
	}
	return nil
}

// originalLength is what a record says of a frame that may have changed its
// length since it was captured.
func (r *record) originalLength(frame []byte) uint32 {
	return r.original - uint32(r.captured) + uint32(len(frame))
}

// byteOrder is that of a file: true is big endian.
type byteOrder bool

func (o byteOrder) u16(b []byte) uint16 {
	if o {
		return binary.BigEndian.Uint16(b)
	}
	return binary.LittleEndian.Uint16(b)
}

func (o byteOrder) u32(b []byte) uint32 {
	if o {
		return binary.BigEndian.Uint32(b)
	}
	return binary.LittleEndian.Uint32(b)
}

// s64 reads a signed number of 8 bytes.
func (o byteOrder) s64(b []byte) int64 {
	if o {
		return int64(binary.BigEndian.Uint64(b))
	}
	return int64(binary.LittleEndian.Uint64(b))
}

func (o byteOrder) put32(b []byte, v uint32) {
	if o {
		binary.BigEndian.PutUint32(b, v)
	} else {
		binary.LittleEndian.PutUint32(b, v)
	}
}

func (o byteOrder) append32(b []byte, values ...uint32) []byte {
	for _, v := range values {
		b = append(b, 0, 0, 0, 0)
		o.put32(b[len(b)-4:], v)
	}
	return b
}
