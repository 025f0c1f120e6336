package nfqueue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"
)

// A netlink message of nfnetlink_queue (linux/netlink.h, linux/netfilter/nfnetlink.h,
// linux/netfilter/nfnetlink_queue.h). Numbers of netlink are in the machine's byte
// order, those of netfilter in the network's.
//
//	0        4     6      8         12        16      17       18            20
//	| length | type | flags | sequence | port id | family | version | queue number | attributes …
const (
	netlinkHeader = 16
	headers       = netlinkHeader + 4 // and struct nfgenmsg
	attrHeader    = 4                 // struct nlattr: length, type
	attrTypeMask  = 0x3fff            // without NLA_F_NESTED and NLA_F_NET_BYTEORDER

	subsystem    = 3 << 8 // NFNL_SUBSYS_QUEUE
	msgPacket    = subsystem
	msgVerdict   = subsystem | 1
	msgConfig    = subsystem | 2
	msgBatch     = subsystem | 3 // NFQNL_MSG_VERDICT_BATCH: for all ids up to one
	msgError     = 2             // NLMSG_ERROR, also an acknowledgement
	msgNothing   = 1             // NLMSG_NOOP
	flagRequest  = 1
	flagAck      = 4
	attrPacket   = 1 // in a packet: struct nfqnl_msg_packet_hdr
	attrVerdict  = 2 // struct nfqnl_msg_verdict_hdr
	attrPayload  = 10
	attrCapLen   = 13 // how long the payload is of which a part was copied
	packetHeader = 7  // id, protocol, hook
)

// verdict is what the kernel is told to do with a packet (linux/netfilter.h).
type verdict uint32

const (
	drop   verdict = 0
	accept verdict = 1
)

// packet is what the kernel says of a packet. The payload is borrowed from the
// message, and shorter than length if it is not all of the packet.
type packet struct {
	id      uint32
	length  int
	payload []byte
}

// errMessage is a message that does not follow the format.
var errMessage = errors.New("malformed netlink message")

// parse reads the one message of a datagram. It reports false for one that brings no
// packet. An errno is the kernel's answer to what it was told.
func parse(b []byte) (p packet, found bool, err error) {
	if len(b) < netlinkHeader {
		return p, false, fmt.Errorf("%w: %d bytes", errMessage, len(b))
	}
	length := int(binary.NativeEndian.Uint32(b))
	if length < netlinkHeader || length > len(b) {
		return p, false, fmt.Errorf("%w: length %d of %d bytes", errMessage, length, len(b))
	}
	b = b[:length]
	switch kind := binary.NativeEndian.Uint16(b[4:]); kind {
	case msgNothing:
		return p, false, nil
	case msgError:
		return p, false, answer(b)
	case msgPacket:
		p, err = parsePacket(b)
		return p, err == nil, err
	default:
		return p, false, fmt.Errorf("%w: type %#x", errMessage, kind)
	}
}

// answer reads struct nlmsgerr: the negative errno, 0 for an acknowledgement.
func answer(b []byte) error {
	if len(b) < netlinkHeader+4 {
		return fmt.Errorf("%w: answer of %d bytes", errMessage, len(b))
	}
	code := int32(binary.NativeEndian.Uint32(b[netlinkHeader:]))
	if code == 0 {
		return nil
	}
	if code > 0 || code < -4095 {
		return fmt.Errorf("%w: answer %d", errMessage, code)
	}
	return syscall.Errno(-code)
}

// parsePacket reads the attributes of a packet. Without an id it could have no verdict;
// without a payload it is an empty packet.
func parsePacket(b []byte) (p packet, err error) {
	if len(b) < headers {
		return p, fmt.Errorf("%w: packet of %d bytes", errMessage, len(b))
	}
	known, whole := false, -1
	for rest := b[headers:]; len(rest) >= attrHeader; {
		size, kind := int(binary.NativeEndian.Uint16(rest)), binary.NativeEndian.Uint16(rest[2:])&attrTypeMask
		if size < attrHeader || size > len(rest) {
			return packet{}, fmt.Errorf("%w: attribute %d of %d bytes, %d left", errMessage, kind, size, len(rest))
		}
		value := rest[attrHeader:size:size]
		switch {
		case kind == attrPacket && len(value) >= packetHeader:
			p.id, known = binary.BigEndian.Uint32(value), true
		case kind == attrPayload:
			p.payload = value
		case kind == attrCapLen && len(value) >= 4:
			whole = int(binary.BigEndian.Uint32(value))
		}
		rest = rest[min(align(size), len(rest)):]
	}
	if !known {
		return packet{}, fmt.Errorf("%w: packet without id", errMessage)
	}
	p.length = max(whole, len(p.payload))
	return p, nil
}

// align rounds a length up to where the next attribute or message begins.
func align(n int) int { return (n + 3) &^ 3 }

// begin appends the headers of a message to a queue; finish is to be called with
// the same start once its attributes are there.
func begin(b []byte, kind, flags, queue uint16, sequence uint32) []byte {
	b = append(b, 0, 0, 0, 0)
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = binary.NativeEndian.AppendUint16(b, flagRequest|flags)
	b = binary.NativeEndian.AppendUint32(b, sequence)
	b = append(b, 0, 0, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint16(b, queue)
}

func finish(b []byte, start int) []byte {
	binary.NativeEndian.PutUint32(b[start:], uint32(len(b)-start))
	return b
}

// appendAttr appends an attribute with the padding after it.
func appendAttr(b []byte, kind uint16, value ...byte) []byte {
	size := attrHeader + len(value)
	b = binary.NativeEndian.AppendUint16(b, uint16(size))
	b = binary.NativeEndian.AppendUint16(b, kind)
	b = append(b, value...)
	for range align(size) - size {
		b = append(b, 0)
	}
	return b
}

// verdictSize is that of a verdict without a payload.
const verdictSize = headers + attrHeader + 8

// appendVerdict appends a verdict: of kind msgVerdict for the packet of an id, with a
// payload that replaces its bytes unless that is nil; of kind msgBatch for all that
// wait up to the id.
func appendVerdict(b []byte, kind, queue uint16, v verdict, id uint32, payload []byte) []byte {
	start := len(b)
	b = begin(b, kind, 0, queue, 0)
	b = binary.NativeEndian.AppendUint16(b, attrHeader+8)
	b = binary.NativeEndian.AppendUint16(b, attrVerdict)
	b = binary.BigEndian.AppendUint32(b, uint32(v))
	b = binary.BigEndian.AppendUint32(b, id)
	if payload != nil {
		b = appendAttr(b, attrPayload, payload...)
	}
	return finish(b, start)
}
