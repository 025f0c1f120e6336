package linktest

import (
	"encoding/binary"
	"testing"

	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// What the first byte of a frame's payload asks of the stage.
const (
	drop   = 'd'
	pass   = 'p'
	reject = 'r'
)

// obedient is a stage that does with a frame as its payload says.
type obedient struct{}

func (obedient) Name() string                  { return "obedient" }
func (obedient) Inspector() pipeline.Inspector { return obedient{} }

func (obedient) Inspect(p *pipeline.Packet) pipeline.Verdict {
	payload := p.Payload()
	if len(payload) == 0 {
		return p.Deny(pipeline.SegmentDenied, -1)
	}
	switch payload[0] {
	case pass:
		return p.Allow(-1)
	case reject:
		return p.DenyFlow(pipeline.SegmentRejected, -1, true)
	}
	return p.Deny(pipeline.SegmentDenied, -1)
}

const (
	ipStart   = wire.EthernetLen
	udpStart  = ipStart + wire.IPv4MinLen
	dataStart = udpStart + wire.UDPLen
)

// frame returns a UDP packet in Ethernet, of a flow of its own, that asks for
// something. size is that of the payload.
func frame(number int, ask byte, size int) []byte {
	b := make([]byte, dataStart+size)
	copy(b, []byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0})
	ip := wire.IPv4(b[ipStart:])
	copy(ip, []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, wire.ProtoUDP, 0, 0, 10, 0, 0, 1, 10, 1, 0, 1})
	binary.BigEndian.PutUint16(ip[14:], uint16(number))
	ip.SetTotalLen(len(ip))
	ip.SetChecksum()
	udp := wire.UDP(b[udpStart:])
	binary.BigEndian.PutUint16(udp[0:], 40000)
	binary.BigEndian.PutUint16(udp[2:], 514)
	udp.SetLen(len(udp))
	data := b[dataStart:]
	for i := range data {
		data[i] = byte(number + i)
	}
	if size > 0 {
		data[0] = ask
	}
	return b
}

// fragments returns a packet as two fragments; the first has 8 + 16 bytes.
func fragments(number int, ask byte, size int) (first, second []byte) {
	const cut = wire.UDPLen + 16
	whole := frame(number, ask, size)
	first = append([]byte(nil), whole[:udpStart+cut]...)
	second = append(append([]byte(nil), whole[:udpStart]...), whole[udpStart+cut:]...)
	for i, f := range [][]byte{first, second} {
		ip := wire.IPv4(f[ipStart:])
		binary.BigEndian.PutUint16(ip[4:], uint16(number+1)) // a sender may replace 0
		binary.BigEndian.PutUint16(ip[6:], []uint16{1 << 13, cut / 8}[i])
		ip.SetTotalLen(len(ip))
		ip.SetChecksum()
	}
	return first, second
}

// count makes n frames of sizes that differ.
func count(n int, ask byte) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = frame(i, ask, 18+i*37%1400)
	}
	return frames
}

// mixed makes frames of all kinds: passing, dropped, rejected, fragments in
// and out of order.
func mixed(t testing.TB, n int) [][]byte {
	t.Helper()
	var frames [][]byte
	for i := range n {
		ask := []byte{pass, drop, pass, reject}[i%4]
		if i%5 != 0 {
			frames = append(frames, frame(i, ask, 18+i%300))
			continue
		}
		first, second := fragments(i, ask, 64+i%300)
		if i%2 == 0 {
			first, second = second, first
		}
		frames = append(frames, first, frame(n+i, pass, 40), second)
	}
	return frames
}
