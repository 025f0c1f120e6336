package load

import (
	"encoding/binary"
	"net"
	"net/netip"

	"vxwall/pipeline/wire"
)

// vxlanPort is the UDP port of VXLAN (RFC 7348).
const vxlanPort = 4789

// Lengths of headers.
const (
	ethernetLength = 14
	ip4Length      = 20
	ip6Length      = 40
	udpLength      = 8
	vxlanLength    = 8
)

// markLength is the length of struct mark, mark.bpf.h.
const markLength = 22

// direction is one of the two in which a conversation's frames go.
type direction struct {
	way    Way
	answer bool
}

// templates returns the headers of each frame that the traffic consists of: flow
// by flow, of each flow every size; behind them that of the flood.
func (t *Traffic) templates(d direction) []generateTemplate {
	lengths := mixOf[t.Size].lengths
	flows := t.Flows
	if t.NewFlows {
		flows = t.VNIs
	}
	list := make([]generateTemplate, 0, flows*len(lengths))
	for i := range flows {
		for _, length := range lengths {
			list = append(list, t.template(d, t.conversation(i), length))
		}
	}
	if t.Flood > 0 {
		stranger := Traffic{NewFlows: true, VNIs: t.VNIs}
		list = append(list, t.template(d, stranger.conversation(0), lengths[0]))
	}
	return list
}

// template returns the headers of a frame with an inner IP packet of a length.
func (t *Traffic) template(d direction, c conversation, length int) (out generateTemplate) {
	srcMAC, dstMAC := clientMAC, serverMAC
	if d.answer {
		c, srcMAC, dstMAC = c.reversed(), serverMAC, clientMAC
	}
	innerIP := ip4Length
	if t.InnerV6 {
		innerIP = ip6Length
	}
	payload := max(length-innerIP-udpLength, markLength)
	inner := ethernet(nil, dstMAC, srcMAC, t.InnerV6)
	inner = ip(inner, c.client, c.server, udpLength+payload)
	inner = udp(inner, c.clientPort, c.servPort, payload)
	if t.InnerV6 {
		// Go computes the sum of a mark without number and time, BPF adds those.
		body := append(inner[len(inner)-udpLength:len(inner):len(inner)], t.mark()...)
		src, dst := c.client.As16(), c.server.As16()
		sum := wire.Checksum(body, wire.PseudoSum(&src, &dst, 17, udpLength+payload))
		binary.BigEndian.PutUint16(inner[len(inner)-2:], sum)
	}
	tunnelled := vxlanLength + len(inner) + payload
	b := ethernet(nil, d.way.To.MAC, d.way.From.MAC, t.OuterV6)
	b = ip(b, d.way.From.addr(t.OuterV6), d.way.To.addr(t.OuterV6), udpLength+tunnelled)
	b = udp(b, c.outerPort(), vxlanPort, tunnelled)
	b = binary.BigEndian.AppendUint32(append(b, 8, 0, 0, 0), c.vni<<8)
	b = append(b, inner...)
	out.Headers, out.Length = uint16(len(b)), uint16(len(b)+payload)
	copy(out.Bytes[:], b)
	return out
}

// mark is a mark without number and time.
func (t *Traffic) mark() []byte {
	b := make([]byte, markLength)
	copy(b, "VWXL")
	binary.LittleEndian.PutUint16(b[4:], t.Stream)
	return b
}

func ethernet(b []byte, dst, src net.HardwareAddr, six bool) []byte {
	b = append(append(b, dst...), src...)
	if six {
		return append(b, 0x86, 0xdd)
	}
	return append(b, 0x08, 0x00)
}

// ip appends a header in front of so many bytes of UDP.
func ip(b []byte, src, dst netip.Addr, length int) []byte {
	from := len(b)
	if src.Is4() {
		b = append(b, 0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0)
		binary.BigEndian.PutUint16(b[from+2:], uint16(ip4Length+length))
	} else {
		b = append(b, 0x60, 0, 0, 0, 0, 0, 17, 64)
		binary.BigEndian.PutUint16(b[from+4:], uint16(length))
	}
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	if src.Is4() {
		binary.BigEndian.PutUint16(b[from+10:], wire.Checksum(b[from:], 0))
	}
	return b
}

// udp appends a header without checksum in front of a payload.
func udp(b []byte, src, dst uint16, payload int) []byte {
	b = binary.BigEndian.AppendUint16(b, src)
	b = binary.BigEndian.AppendUint16(b, dst)
	b = binary.BigEndian.AppendUint16(b, uint16(udpLength+payload))
	return append(b, 0, 0)
}
