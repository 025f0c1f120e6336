package pcapfile

import (
	"encoding/binary"
	"fmt"
	"math"

	"vxwall/pipeline"
)

// A pcap file (draft-ietf-opsawg-pcap) is a file header and records:
//
//	0        4    6    8           16       20
//	| magic | 2  | 4  | zone, ... | snaplen | link type |
//
//	0        4          8          12         16
//	| seconds | fraction | captured | original | frame ...
const (
	pcapMicro  = 0xa1b2c3d4
	pcapNano   = 0xa1b23c4d
	pcapHeader = 24
	pcapRecord = 16
)

// pcap is the format of pcap files.
type pcap struct {
	order byteOrder
	unit  int64 // of the fraction, in nanoseconds
	link  pipeline.LinkType
}

// isPcap says whether b, at least 4 bytes, begins a pcap file.
func isPcap(b []byte) bool {
	for _, magic := range [...]uint32{binary.LittleEndian.Uint32(b), binary.BigEndian.Uint32(b)} {
		if magic == pcapMicro || magic == pcapNano {
			return true
		}
	}
	return false
}

// newPcap reads a file header, pcapHeader bytes that begin a pcap file.
func newPcap(b []byte) (*pcap, error) {
	magic := binary.BigEndian.Uint32(b)
	f := &pcap{order: magic == pcapMicro || magic == pcapNano, unit: 1000}
	if f.order.u32(b) == pcapNano {
		f.unit = 1
	}
	if major, minor := f.order.u16(b[4:]), f.order.u16(b[6:]); major != 2 || minor != 4 {
		return nil, fmt.Errorf("pcap version %d.%d (accepted: 2.4)", major, minor)
	}
	// The upper half of the field tells of a frame check sequence.
	number := uint16(f.order.u32(b[20:]))
	link, ok := linkTypes[number]
	if !ok {
		return nil, foreignLink(number)
	}
	f.link = link
	return f, nil
}

func (f *pcap) minimum() int { return pcapRecord }

func (f *pcap) parse(data []byte, r *record) (int, error) {
	r.kind = packet
	if len(data) < pcapRecord {
		return pcapRecord, nil
	}
	captured, original := f.order.u32(data[8:]), f.order.u32(data[12:])
	if err := checkLengths(captured, original); err != nil {
		return 0, err
	}
	n := pcapRecord + int(captured)
	if n > len(data) {
		return n, nil
	}
	// No overflow: two 32-bit values make less than 2^62 nanoseconds.
	r.time = int64(f.order.u32(data))*1e9 + int64(f.order.u32(data[4:]))*f.unit
	r.raw, r.head, r.captured, r.original, r.link = data[:n], pcapRecord, int(captured), original, f.link
	return n, nil
}

func (f *pcap) apply([]byte) error { return nil }

func (f *pcap) appendRecord(dst []byte, r *record, frame []byte) []byte {
	at := len(dst)
	dst = append(dst, r.raw[:pcapRecord]...)
	f.order.put32(dst[at+8:], uint32(len(frame)))
	f.order.put32(dst[at+12:], r.originalLength(frame))
	return append(dst, frame...)
}

func (f *pcap) appendExtra(dst []byte, _ int, time int64, frame []byte) ([]byte, error) {
	seconds, fraction := min(time/1e9, math.MaxUint32), time%1e9/f.unit
	size := uint32(len(frame))
	dst = f.order.append32(dst, uint32(seconds), uint32(fraction), size, size)
	return append(dst, frame...), nil
}
