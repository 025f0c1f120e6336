package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// icmpError appends an ICMP error for the packet's sender: "administratively
// prohibited" (RFC 1812 section 5.2.7.1, RFC 4443 section 3.1), or "too big" (RFC
// 1191 section 4, RFC 4443 section 3.2).
func (p *Packet) icmpError(b []byte, e *envelope) []byte {
	quote := p.L3()
	quote = quote[:min(len(quote), maxQuote)]
	var l4 [wire.ICMPLen + maxQuote]byte
	v4 := wire.Is4(&p.Flow.Src)
	switch {
	case e.kind == prohibited && v4:
		l4[0], l4[1] = wire.ICMPUnreachable, 13
	case e.kind == prohibited:
		l4[0], l4[1] = wire.ICMPv6Unreachable, 1
	case v4:
		l4[0], l4[1] = wire.ICMPUnreachable, 4
		binary.BigEndian.PutUint16(l4[6:], uint16(e.mtu))
	default:
		l4[0] = wire.ICMPv6TooBig
		binary.BigEndian.PutUint32(l4[4:], uint32(e.mtu))
	}
	n := copy(l4[wire.ICMPLen:], quote)
	return p.frame(b, l4[:wire.ICMPLen+n], e)
}

// address finds out where an answer leaves a VTEP: for the peer that the packet came
// from, or for that of its receiver, if it is known and the packet might go there.
func (v *vtep) address(p *Packet, e *envelope) bool {
	if p.vxlan == 0 || v.came(p) != OK {
		return false
	}
	var refusal overlay.Refusal
	e.to = v.arrival.From
	if !e.back {
		e.to, refusal = v.known.Unicast(&v.arrival, p.buf[p.inner:], v.shared.FDB, p.time)
	}
	if e.to == nil || refusal != overlay.Taken || !e.to.Ready() {
		return false
	}
	e.header.Entropy = p.entropy(int(p.inner), e.seed)
	e.header.Sum = v.known.Options().Checksum6
	if p.has(flagGroup) {
		e.header.Grouped, e.header.Group, e.header.GBP = true, p.groupOf(e.back), wire.GBPFlagA
	}
	v.known.Label(&v.arrival, e.to, &e.header)
	return true
}

// answerTooBig tells the sender of a packet how much would fit, unless the packet may
// be fragmented on its way: a VTEP must not do that (RFC 7348 section 4.3), and whom
// it does not tell has to find out by itself.
func (w *Worker) answerTooBig(p *Packet) {
	y := &w.vtep.way
	if y.ip == 0 || !mayAskForLess(p.buf[y.ip:]) {
		return
	}
	mtu := y.to.MTU() - (y.ip - y.inner - y.tags)
	if p.depth > 0 { // the tunnel's own packet is what is too big
		q := &w.vtep.again
		q.reset(p.buf, p.handle, p.time, p.Link())
		if q.decap(&w.cfg) != OK {
			return
		}
		p = q
	}
	if !p.answerable() && !p.answerableFragment(w.cfg.ExtensionLimit) {
		return
	}
	if !w.answers.take(p.time) {
		w.counters.AnswersSkipped++
		return
	}
	w.emit(p, &envelope{kind: tooBig, back: true, mtu: mtu})
}

// mayAskForLess says whether the sender of an IP packet wants to be told that it is
// too big: IPv6, or IPv4 that must not be fragmented.
func mayAskForLess(ip []byte) bool { return ip[0]>>4 == 6 || ip[6]&0x40 != 0 }

// answerableFragment is answerable for fragments: only the first of a datagram, as far
// as it shows what it belongs to (RFC 1122 section 3.2.2).
func (p *Packet) answerableFragment(limit int) bool {
	if !p.Fragment() || !p.answerableAddresses() {
		return false
	}
	var h ipHeader
	if h.parse(p.L3(), p.etherType(), limit) != OK || h.offset > 0 {
		return false
	}
	switch p.Flow.Proto {
	case wire.ProtoICMP, wire.ProtoICMPv6:
		return len(p.L4()) >= wire.ICMPLen && !isICMPError(p)
	}
	return p.Flow.Proto != wire.ProtoTCP
}
