package pipeline

import (
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// refusals maps the flow table's refusals to reasons.
var refusals = [...]Reason{
	flow.Admitted:     OK,
	flow.Full:         FlowTableFull,
	flow.BadFlags:     TCPFlags,
	flow.NoConnection: NoConnection,
	flow.BadReset:     TCPReset,
}

// admit finds or begins the packet's flow. What is not IP has none. It reports
// whether the packet may go on to the stages.
func (w *Worker) admit(p *Packet) bool {
	if !p.IsIP() || isICMPError(p) && w.relate(p) {
		return true
	}
	in := flow.Packet{Key: &p.Flow, Now: p.time, Bytes: len(p.buf)}
	var segment flow.Segment
	switch p.Flow.Proto {
	case wire.ProtoTCP:
		segment = tcpSegment(wire.TCP(p.L4()), len(p.Payload()))
		in.TCP = &segment
	case wire.ProtoICMP, wire.ProtoICMPv6:
		in.Answer = isReply(p)
	}
	record, dir, refusal := w.table.Admit(&in)
	p.flow = record
	if dir == flow.ToInitiator {
		p.flags |= flagReply
	}
	if refusal != flow.Admitted {
		p.refuse(StageFlow, refusals[refusal])
		return false
	}
	p.noteSender()
	return true
}

// vtepEvery is how often a flow's VTEPs are noted again, in packets of a
// direction: workloads move, but seldom.
const vtepEvery = 256

// noteSender keeps where and as whom the flow's ends speak from: events and
// answers need it.
func (p *Packet) noteSender() {
	dir := p.Direction()
	if p.vxlan != 0 && p.flow.Packets[dir]%vtepEvery == 1 {
		p.flow.VTEP[dir], _ = p.VTEPs()
	}
	p.flow.SetGroup(dir, p.group)
}

// tcpSegment reads what the flow table needs of a TCP header.
func tcpSegment(h wire.TCP, payload int) flow.Segment {
	s := flow.Segment{Seq: h.Seq(), Ack: h.Ack(), Payload: payload, Window: h.Window(), Flags: uint8(h.Flags())}
	if h.Flags()&wire.SYN != 0 {
		s.Scale, s.HasScale = h[:h.HeaderLen()].WindowScale()
	}
	return s
}

// isReply says whether an ICMP message answers a query.
func isReply(p *Packet) bool {
	t := wire.ICMP(p.L4()).Type()
	query, _ := queryType(p.Flow.Proto, t)
	return query != t
}

// relate finds the flow that p, an ICMP error, speaks about: the one of the packet
// that it quotes, if that packet came from the host the error goes to. Such an
// error passes or falls with its flow.
func (w *Worker) relate(p *Packet) bool {
	quoted, ok := p.quotedKey(w.cfg.ExtensionLimit)
	if !ok || quoted.Src != p.Flow.Dst {
		return false
	}
	record, dir := w.table.Find(&quoted, p.time)
	if record == nil {
		return false
	}
	p.flow = record
	p.flags |= flagRelated
	if dir == flow.ToResponder { // the error goes against the quoted packet
		p.flags |= flagReply
	}
	record.Relate(p.Direction(), len(p.buf))
	return true
}

// quotedKey returns the flow key of the packet that an ICMP error quotes
// (RFC 792, RFC 4443 section 3). At least eight bytes behind the quoted IP
// headers are there.
func (p *Packet) quotedKey(limit int) (flow.Key, bool) {
	etherType := uint16(wire.TypeIPv4)
	if p.Flow.Proto == wire.ProtoICMPv6 {
		etherType = wire.TypeIPv6
	}
	if wire.Is4(&p.Flow.Src) != (p.Flow.Proto == wire.ProtoICMP) {
		return flow.Key{}, false
	}
	var h ipHeader
	quote := p.L4()[wire.ICMPLen:]
	if h.parse(quote, etherType, limit) != OK || h.offset > 0 || len(quote) < h.len+8 {
		return flow.Key{}, false
	}
	key := flow.Key{VNI: p.Flow.VNI, Nested: p.Flow.Nested, VLAN: p.Flow.VLAN, Proto: h.proto}
	key.Src, key.Dst = addresses(quote)
	switch l4 := quote[h.len:]; h.proto {
	case wire.ProtoTCP, wire.ProtoUDP, wire.ProtoSCTP:
		key.SrcPort, key.DstPort = wire.UDP(l4).SrcPort(), wire.UDP(l4).DstPort()
	case wire.ProtoICMP, wire.ProtoICMPv6:
		icmpKey(&key, wire.ICMP(l4))
	}
	return key, true
}

// isICMPError says whether the packet is an ICMP message about another packet.
// A redirect is none: it asks for something new.
func isICMPError(p *Packet) bool {
	if p.Flow.Proto != wire.ProtoICMP && p.Flow.Proto != wire.ProtoICMPv6 {
		return false
	}
	t := wire.ICMP(p.L4()).Type()
	if p.Flow.Proto == wire.ProtoICMPv6 {
		return t >= wire.ICMPv6Unreachable && t <= wire.ICMPv6ParameterProblem
	}
	switch t {
	case wire.ICMPUnreachable, wire.ICMPQuench, wire.ICMPTimeExceeded, wire.ICMPParameterProblem:
		return true
	}
	return false
}
