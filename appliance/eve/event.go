package eve

import (
	"encoding/binary"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Kind is the kind of an event.
type Kind uint8

// The kinds of events. A packet may cause two: what is malformed is an anomaly
// and a drop.
const (
	Dropped Kind = iota
	Anomaly
	FlowStart
	FlowEnd
	Found
	Stats
	Content // of the packet's payload: Type says what
)

// Event is what happened, copied out of a packet or a flow's record.
type Event struct {
	Kind      Kind
	Stage     uint8
	Reason    pipeline.Reason
	Verdict   pipeline.Verdict
	End       flow.End
	Direction flow.Direction

	Monitored, Rejected, Encapsulated, Tagged, HasFlow, IsIP bool

	Time   int64
	Handle uint64
	Length int // of the frame, bytes

	Key              flow.Key // as the packet shows it
	VTEPSrc, VTEPDst [16]byte
	Group            uint16
	Frame            frame

	Record flow.Record // valid iff HasFlow
	Stats  *pipeline.Counters

	Finding pipeline.Finding // valid iff Found

	// Of the content of the flow.
	Type    string // of a Content event
	App     string // the application protocol, "" if not known
	Alerted bool
	Rated   bool   // rate_filter made the signature drop
	Text    []byte // members of the event as JSON, of a Content event
}

// frame is what a drop event quotes of the inner packet.
type frame struct {
	srcMAC, dstMAC [6]byte
	hasMAC         bool
	etherType      uint16
	version        uint8
	tos, ttl       uint8
	ipLen, ipID    uint16
	flowLabel      uint32

	tcpFlags       wire.TCPFlags
	tcpReserved    uint8
	window, urgent uint16
	seq, ack       uint32

	udpLen             uint16
	icmpType, icmpCode uint8
	icmpID, icmpSeq    uint16
}

// capture copies out of a packet what its events say.
func (e *Event) capture(kind Kind, p *pipeline.Packet) {
	*e = Event{
		Text: e.Text[:0],
		Kind: kind, Stage: uint8(p.Stage()), Reason: p.Reason(), Verdict: p.Verdict(),
		Monitored: p.Monitored(), Rejected: p.Rejected(), Encapsulated: p.Encapsulated(), IsIP: p.IsIP(),
		Time: p.Time(), Handle: p.Handle(), Length: len(p.Bytes()), Key: p.Flow, Direction: p.Direction(),
	}
	if p.Encapsulated() {
		e.VTEPSrc, e.VTEPDst = p.VTEPs()
	}
	e.Group, e.Tagged = p.Group()
	if r := p.State(); r != nil {
		e.HasFlow, e.Record = true, *r
		if p.Fragment() {
			takePorts(&e.Key, r)
		}
	}
	e.Frame.capture(p)
}

// takePorts completes the key of a fragment, which shows no ports, from the flow
// that its datagram belongs to.
func takePorts(k *flow.Key, r *flow.Record) {
	of := r.Key
	if of.Src != k.Src {
		of = of.Reverse()
	}
	if of.Src == k.Src && of.Dst == k.Dst && of.Proto == k.Proto {
		k.SrcPort, k.DstPort = of.SrcPort, of.DstPort
	}
}

func (f *frame) capture(p *pipeline.Packet) {
	if inner := p.Inner(); inner != nil {
		f.srcMAC, f.dstMAC, f.etherType, f.hasMAC = inner.Src(), inner.Dst(), inner.Type(), true
	}
	if !p.IsIP() {
		return
	}
	ip := p.L3()
	f.version = ip[0] >> 4
	if f.version == 4 {
		h := wire.IPv4(ip)
		f.ipLen, f.ipID, f.tos, f.ttl = uint16(h.TotalLen()), h.ID(), h[1], h.TTL()
	} else {
		h := wire.IPv6(ip)
		f.ipLen, f.tos, f.ttl = uint16(h.PayloadLen()), uint8(binary.BigEndian.Uint16(ip)>>4), h.HopLimit()
		f.flowLabel = binary.BigEndian.Uint32(ip) & 0xfffff
	}
	f.captureTransport(p.Flow.Proto, p.L4())
}

func (f *frame) captureTransport(proto uint8, l4 []byte) {
	switch proto {
	case wire.ProtoTCP:
		h := wire.TCP(l4)
		f.tcpFlags, f.window, f.seq, f.ack = h.Flags(), h.Window(), h.Seq(), h.Ack()
		f.tcpReserved, f.urgent = h[12]&15, binary.BigEndian.Uint16(h[18:])
	case wire.ProtoUDP:
		f.udpLen = uint16(wire.UDP(l4).Len())
	case wire.ProtoICMP, wire.ProtoICMPv6:
		h := wire.ICMP(l4)
		f.icmpType, f.icmpCode, f.icmpID = h.Type(), h.Code(), h.ID()
		f.icmpSeq = binary.BigEndian.Uint16(h[6:])
	}
}

// captureEnd copies a flow that ended. Its addresses are the initiator's view.
func (e *Event) captureEnd(r *flow.Record, end flow.End) {
	*e = Event{
		Text: e.Text[:0], Kind: FlowEnd, End: end, Time: r.Last, Key: r.Key, HasFlow: true, IsIP: true, Record: *r,
		VTEPSrc: r.VTEP[flow.ToResponder], VTEPDst: r.VTEP[flow.ToInitiator],
		Group: r.Group[flow.ToResponder], Tagged: r.Group != [2]uint16{},
		Encapsulated: r.VTEP != [2][16]byte{},
	}
}
