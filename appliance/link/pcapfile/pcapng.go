package pcapfile

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// A pcapng file (draft-ietf-opsawg-pcapng) is a list of blocks:
//
//	0      4        8                  n-4
//	| type | length | body and options | length |
//
// A section header block sets the byte order and forgets all interfaces. In a
// packet block with a time stamp the body is:
//
//	8           12          20         24         28
//	| interface | time      | captured | original | frame, padded to 4 bytes
//
// The obsolete kind has a 16-bit interface and a count of drops instead. A
// simple packet block has but the original length in front of the frame.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockObsolete  = 2
	blockSimple    = 3
	blockEnhanced  = 6

	blockHeader  = 8
	blockTrailer = 4
	sectionMin   = 28
	enhancedHead = 28
	simpleHead   = 12

	orderMagic = 0x1a2b3c4d
)

// pcapng is the format of pcapng files.
type pcapng struct {
	order      byteOrder
	interfaces []netInterface // of this section
}

func isPcapng(b []byte) bool { return binary.BigEndian.Uint32(b) == blockSection }

func (f *pcapng) minimum() int { return blockHeader }

func (f *pcapng) parse(data []byte, r *record) (int, error) {
	r.kind = other
	if len(data) < blockHeader {
		return blockHeader, nil
	}
	blockType := f.order.u32(data)
	if blockType == blockSection {
		r.kind = structure
		return parseSection(data, r)
	}
	n := f.order.u32(data[4:])
	switch blockType {
	case blockInterface:
		r.kind = structure
	case blockEnhanced, blockObsolete, blockSimple:
		r.kind = packet
	}
	if err := checkBlock(n, r.kind); err != nil || int64(n) > int64(len(data)) {
		return int(n), err
	}
	if last := f.order.u32(data[n-blockTrailer:]); last != n {
		return 0, fmt.Errorf("block of %d bytes that ends with length %d", n, last)
	}
	r.raw = data[:n]
	if r.kind == packet {
		return int(n), f.parsePacket(blockType, r)
	}
	return int(n), nil
}

func checkBlock(n uint32, k kind) error {
	if n < blockHeader+blockTrailer || n%4 != 0 {
		return fmt.Errorf("block of %d bytes (expected a multiple of 4, at least %d)", n, blockHeader+blockTrailer)
	}
	if k != other && n > maxRecord {
		return fmt.Errorf("block of %d bytes (accepted: up to %d)", n, maxRecord)
	}
	return nil
}

// parseSection looks at a section header, which says itself in which byte
// order it is.
func parseSection(data []byte, r *record) (int, error) {
	if len(data) < sectionMin {
		return sectionMin, nil
	}
	order, ok := sectionOrder(data)
	if !ok {
		return 0, errors.New("section header without a byte order")
	}
	n := order.u32(data[4:])
	if n < sectionMin {
		return 0, fmt.Errorf("section header of %d bytes", n)
	}
	if err := checkBlock(n, structure); err != nil || int(n) > len(data) {
		return int(n), err
	}
	if last := order.u32(data[n-blockTrailer:]); last != n {
		return 0, fmt.Errorf("block of %d bytes that ends with length %d", n, last)
	}
	// Version 1.2 is the same as 1.0, says the standard.
	if major, minor := order.u16(data[12:]), order.u16(data[14:]); major != 1 || minor != 0 && minor != 2 {
		return 0, fmt.Errorf("pcapng version %d.%d (accepted: 1.0)", major, minor)
	}
	r.raw = data[:n]
	return int(n), nil
}

func sectionOrder(block []byte) (order byteOrder, ok bool) {
	order = binary.BigEndian.Uint32(block[8:]) == orderMagic
	return order, order.u32(block[8:]) == orderMagic
}

// apply makes a section header or an interface description count.
func (f *pcapng) apply(block []byte) error {
	if isPcapng(block) {
		f.order, _ = sectionOrder(block)
		f.interfaces = f.interfaces[:0]
		return nil
	}
	if len(f.interfaces) == maxInterfaces {
		return fmt.Errorf("more than %d interfaces in a section", maxInterfaces)
	}
	i, err := newInterface(f.order, block)
	f.interfaces = append(f.interfaces, i)
	return err
}

// parsePacket sets a record whose block is complete.
func (f *pcapng) parsePacket(blockType uint32, r *record) error {
	r.head = enhancedHead
	if blockType == blockSimple {
		r.head = simpleHead
	}
	room := len(r.raw) - r.head - blockTrailer
	if room < 0 {
		return fmt.Errorf("packet block of %d bytes", len(r.raw))
	}
	r.iface = 0
	switch blockType {
	case blockEnhanced:
		r.iface = int(f.order.u32(r.raw[8:]))
	case blockObsolete:
		r.iface = int(f.order.u16(r.raw[8:]))
	}
	if r.iface >= len(f.interfaces) {
		return fmt.Errorf("interface %d of %d", r.iface, len(f.interfaces))
	}
	i := &f.interfaces[r.iface]
	if i.foreign {
		return i.refuse(r.iface)
	}
	r.link = i.link
	f.parseLengths(blockType, r)
	if err := checkLengths(uint32(r.captured), r.original); err != nil {
		return err
	}
	if r.captured > room {
		return fmt.Errorf("packet of %d captured bytes in a block of %d", r.captured, len(r.raw))
	}
	return nil
}

// parseLengths sets a record's lengths and time.
func (f *pcapng) parseLengths(blockType uint32, r *record) {
	i := &f.interfaces[r.iface]
	if blockType == blockSimple {
		r.original = f.order.u32(r.raw[8:])
		r.captured = int(r.original)
		if i.snaplen > 0 {
			r.captured = int(min(r.original, i.snaplen))
		}
		r.time = 0
		return
	}
	r.time = i.clock.nanos(uint64(f.order.u32(r.raw[12:]))<<32 | uint64(f.order.u32(r.raw[16:])))
	r.captured, r.original = int(f.order.u32(r.raw[20:])), f.order.u32(r.raw[24:])
}

func (f *pcapng) appendRecord(dst []byte, r *record, frame []byte) []byte {
	end := r.head + r.captured
	if len(frame) == r.captured {
		dst = append(dst, r.raw[:r.head]...)
		dst = append(dst, frame...)
		return append(dst, r.raw[end:]...)
	}
	at := len(dst)
	if r.head == simpleHead {
		// The length of a frame in a simple block follows from the interface.
		dst = f.order.append32(dst, blockEnhanced, 0, uint32(r.iface), 0, 0, 0, 0)
	} else {
		dst = append(dst, r.raw[:r.head]...)
	}
	options := r.raw[min((end+3)&^3, len(r.raw)-blockTrailer) : len(r.raw)-blockTrailer]
	f.order.put32(dst[at+24:], r.originalLength(frame))
	return f.finish(dst, at, frame, options)
}

func (f *pcapng) appendExtra(dst []byte, iface int, time int64, frame []byte) ([]byte, error) {
	if iface >= len(f.interfaces) {
		return dst, errors.New("a frame was held for longer than the section of its interface")
	}
	at, ticks := len(dst), f.interfaces[iface].clock.ticks(time)
	dst = f.order.append32(dst, blockEnhanced, 0, uint32(iface), uint32(ticks>>32), uint32(ticks), 0, uint32(len(frame)))
	return f.finish(dst, at, frame, nil), nil
}

// finish completes a block whose head begins at an offset of dst and lacks but
// the captured and the block's length.
func (f *pcapng) finish(dst []byte, at int, frame, options []byte) []byte {
	f.order.put32(dst[at+20:], uint32(len(frame)))
	dst = append(dst, frame...)
	for (len(dst)-at)%4 != 0 {
		dst = append(dst, 0)
	}
	dst = append(dst, options...)
	size := uint32(len(dst) - at + blockTrailer)
	f.order.put32(dst[at+4:], size)
	return f.order.append32(dst, size)
}
