package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Packet is one frame on its way through the pipeline, a record in a batch's
// array. Its bytes are borrowed from the queue until Send. It keeps offsets,
// not slices: they survive a rewrite of the headers and cost the collector
// nothing. A stage that needs bytes for longer copies them.
type Packet struct {
	buf    []byte // the whole frame
	handle uint64 // the queue's
	flow   *flow.Record
	time   int64

	// Flow is the flow key as this packet shows it, valid iff IsIP.
	Flow flow.Key

	end  uint32 // of the innermost IP packet, or of the frame if not IP
	rule int32  // of the stage that decided, -1 for none

	outer   uint8  // outer IP header; valid if decap came so far, else 0
	out     Out    // set when the packet leaves; until it is settled, isCut of a copy that is
	vxlan   uint16 // VXLAN header; as above
	inner   uint16 // inner Ethernet header; valid iff flagL2
	l3      uint16 // inner network header; valid iff IsIP or IsARP
	l4      uint16 // inner transport header; valid iff IsIP
	payload uint16 // transport payload; valid iff IsIP

	flags   uint16
	group   uint16
	verdict Verdict
	stage   uint8
	reason  Reason
	depth   uint8 // nested tunnels entered
}

// Flags of a packet. The low three bits are its LinkType.
const (
	linkMask uint16 = 7

	flagIP uint16 = 1 << (iota + 2)
	flagARP
	flagL2
	flagGroup       // carries a Group Policy ID
	flagFragment    // inner fragment
	flagReassembled // stands for all fragments of a datagram
	flagReply       // of the flow: from responder to initiator
	flagRelated     // ICMP error about its flow
	flagReject      // dropped and to be answered
	flagFlowWide    // the verdict holds for the whole flow
	flagMonitored   // would have been dropped
	flagRepaired    // a stage wrote into the payload
	flagPort        // came in at the second port of its link
)

func (p *Packet) reset(frame []byte, handle uint64, time int64, link LinkType) {
	*p = Packet{buf: frame, handle: handle, time: time, flags: uint16(link) & linkMask, rule: -1}
}

func (p *Packet) has(flag uint16) bool { return p.flags&flag != 0 }

// Clone returns a copy of the packet with bytes of its own, and with no flow
// state: for whoever wants to look at it after Send. It allocates.
func (p *Packet) Clone() *Packet {
	c := *p
	whole := p.buf[:max(len(p.buf), int(p.end))] // headers that were completed end behind the frame
	c.buf = append([]byte(nil), whole...)[:len(p.buf)]
	c.flow = nil
	return &c
}

// Bytes returns the whole frame, borrowed until Send.
func (p *Packet) Bytes() []byte { return p.buf }

// Handle is the queue's own name for the frame; a capture file's is the number
// of the packet, counted from 1.
func (p *Packet) Handle() uint64 { return p.handle }

// Time is when the frame was received, in nanoseconds since 1970.
func (p *Packet) Time() int64 { return p.time }

// Link is what the frame begins with.
func (p *Packet) Link() LinkType { return LinkType(p.flags & linkMask) }

// Encapsulated says whether a VXLAN header was found.
func (p *Packet) Encapsulated() bool { return p.vxlan != 0 }

// Port is the port of the link at which the frame came in, 0 or 1; 0 if the link
// does not say.
func (p *Packet) Port() int {
	if p.has(flagPort) {
		return 1
	}
	return 0
}

// Overhead is how many bytes of the frame are around the inner frame.
func (p *Packet) Overhead() int {
	if p.vxlan == 0 {
		return 0
	}
	return int(p.vxlan) + wire.VXLANLen
}

// VXLAN returns the VXLAN header, valid iff Encapsulated.
func (p *Packet) VXLAN() wire.VXLAN { return wire.VXLAN(p.buf[p.vxlan : p.vxlan+wire.VXLANLen]) }

// VTEPs returns the outer addresses, valid iff Encapsulated.
func (p *Packet) VTEPs() (src, dst [16]byte) { return addresses(p.buf[p.outer:]) }

// VNI is the outermost VXLAN network identifier: that which the fabric vouches
// for, whatever a workload nests inside.
func (p *Packet) VNI() uint32 { return p.Flow.VNI }

// Group returns the VXLAN Group Policy ID of the sender, and whether the
// packet carries one.
func (p *Packet) Group() (id uint16, ok bool) { return p.group, p.has(flagGroup) }

// IsIP says whether the inner packet is IP with sound headers.
func (p *Packet) IsIP() bool { return p.has(flagIP) }

// IsARP says whether the inner packet is ARP.
func (p *Packet) IsARP() bool { return p.has(flagARP) }

// ARP returns the inner ARP packet, of any length, valid iff IsARP.
func (p *Packet) ARP() wire.ARP { return wire.ARP(p.buf[p.l3:p.end]) }

// Inner returns the inner Ethernet header, nil where there is none (a plain
// capture without link layer, or not got so far).
func (p *Packet) Inner() wire.Ethernet {
	if !p.has(flagL2) {
		return nil
	}
	return wire.Ethernet(p.buf[p.inner : p.inner+wire.EthernetLen])
}

// L3 returns the inner packet from its IP header to its end, valid iff IsIP.
func (p *Packet) L3() []byte { return p.buf[p.l3:p.end:p.end] }

// Unsound returns the inner packet from its network header on, whether or not it is sound;
// nil if decap did not get there. For whoever explains why it was refused.
func (p *Packet) Unsound() []byte {
	if p.l3 == 0 {
		return nil
	}
	return p.buf[p.l3:]
}

// L4 returns the inner packet from its transport header to its end, valid iff
// IsIP.
func (p *Packet) L4() []byte { return p.buf[p.l4:p.end:p.end] }

// Payload returns the bytes after the transport header, valid iff IsIP.
func (p *Packet) Payload() []byte { return p.buf[p.payload:p.end:p.end] }

// Fragment says whether the inner packet is an IP fragment. Its addresses are
// known, its ports are not.
func (p *Packet) Fragment() bool { return p.has(flagFragment) }

// Depth is the number of nested tunnels that were entered to get to the inner
// packet: 0 for the frame that our VXLAN carries.
func (p *Packet) Depth() int { return int(p.depth) }

// Reassembled says whether the packet stands for all fragments of a datagram.
func (p *Packet) Reassembled() bool { return p.has(flagReassembled) }

// State returns what is known of the packet's flow, nil if it has none (not
// IP, refused before). Borrowed until the stage returns.
func (p *Packet) State() *flow.Record { return p.flow }

// Direction is the packet's direction within its flow, valid iff State is not
// nil.
func (p *Packet) Direction() flow.Direction {
	if p.has(flagReply) {
		return flow.ToInitiator
	}
	return flow.ToResponder
}

// Related says whether the packet is an ICMP error about its flow.
func (p *Packet) Related() bool { return p.has(flagRelated) }

// Deny drops the packet, because of a rule (-1 for none) of the calling stage.
func (p *Packet) Deny(reason Reason, rule int32) Verdict {
	p.reason, p.rule = reason, rule
	return Drop
}

// DenyFlow drops the packet and says that the rest of its flow will be dropped
// too; with reject, the sender is told.
func (p *Packet) DenyFlow(reason Reason, rule int32, reject bool) Verdict {
	p.flags |= flagFlowWide
	if reject {
		p.flags |= flagReject
	}
	return p.Deny(reason, rule)
}

// Reject drops the packet, alone of its flow, and has the sender told.
func (p *Packet) Reject(reason Reason, rule int32) Verdict {
	p.flags |= flagReject
	return p.Deny(reason, rule)
}

// Allow notes the rule (-1 for none) because of which the packet passes the
// calling stage.
func (p *Packet) Allow(rule int32) Verdict {
	p.rule = rule
	return Continue
}

// Verdict is what was decided. Continue and Accept both mean forward.
func (p *Packet) Verdict() Verdict { return p.verdict }

// Reason says why the packet was dropped, or passed uninspected; OK otherwise.
// In monitor mode it says why the packet would have been dropped.
func (p *Packet) Reason() Reason { return p.reason }

// Stage is the number of the stage that decided, see Program.StageNames.
func (p *Packet) Stage() int { return int(p.stage) }

// Rule is the index of the deciding rule in its stage, -1 for none.
func (p *Packet) Rule() int32 { return p.rule }

// Monitored says whether the packet passes only because nothing is enforced.
func (p *Packet) Monitored() bool { return p.has(flagMonitored) }

// Repaired says whether a stage wrote into the payload: a link that has the frame
// elsewhere too must send these bytes.
func (p *Packet) Repaired() bool { return p.has(flagRepaired) }

// Rejected says whether the sender of a dropped packet is to be told.
func (p *Packet) Rejected() bool { return p.has(flagReject) }

// Out is the port of the link by which the packet leaves, valid iff Forwarded.
func (p *Packet) Out() Out { return p.out }

// Forwarded says whether the frame is to be transmitted. A held frame is not:
// its copy follows as an Extra if its datagram passes.
func (p *Packet) Forwarded() bool { return p.verdict == Continue || p.verdict == Accept }

// addresses returns the addresses of an IP header.
func addresses(ip []byte) (src, dst [16]byte) {
	putAddresses(&src, &dst, ip)
	return src, dst
}

// putAddresses is addresses, in place: in whole words, because hashes read them so, and
// what was written in pieces takes long to be read.
func putAddresses(src, dst *[16]byte, ip []byte) {
	if ip[0]>>4 == 6 {
		copy(src[:], ip[8:24])
		copy(dst[:], ip[24:40])
		return
	}
	binary.LittleEndian.PutUint64(src[:8], 0)
	binary.LittleEndian.PutUint64(src[8:], mapped4(ip[12:16]))
	binary.LittleEndian.PutUint64(dst[:8], 0)
	binary.LittleEndian.PutUint64(dst[8:], mapped4(ip[16:20]))
}
