package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

const (
	answerTTL = 64
	// maxQuote is how much of a rejected packet an ICMP error quotes. It keeps
	// an error below 576 bytes (RFC 1812 section 4.3.2.3).
	maxQuote = 512
	// maxAnswer has room for an error behind the longest headers that answers
	// are made with: Ethernet with VLAN tags, IPv6, UDP, VXLAN, twice.
	maxAnswer = 2*(wire.EthernetLen+2*wire.VLANLen+wire.IPv6Len) + wire.UDPLen + wire.VXLANLen + wire.ICMPLen + maxQuote
	// firstPort is where the dynamic ports begin (RFC 6335): RFC 7348 section
	// 5 wants VXLAN's source port from there.
	firstPort = 49152
)

// answers makes the frames with which the firewall speaks for itself. Its
// memory is reserved; a bucket limits their rate.
type answers struct {
	frames [2 * BatchSize][maxAnswer]byte
	used   int
	rate   int64 // per second
	tokens int64 // in nanoseconds of waiting
	last   int64
}

func newAnswers(rate int) answers { return answers{rate: int64(rate)} }

// take says whether one more answer may be sent now: rate per second, with a
// burst of a second's worth.
func (a *answers) take(now int64) bool {
	if a.rate <= 0 || a.used+2 > len(a.frames) {
		return false
	}
	const second = int64(1e9)
	a.tokens = min(second, a.tokens+min(second, now-a.last))
	a.last = now
	price := second / a.rate
	if a.tokens < price {
		return false
	}
	a.tokens -= price
	return true
}

// next returns an empty frame with room for maxAnswer bytes.
func (a *answers) next() []byte {
	a.used++
	return a.frames[a.used-1][:0]
}

// answer tells the sender of a rejected packet, and the other end of a
// connection that was open, inside their VNI.
func (w *Worker) answer(p *Packet) {
	if w.monitors() || p.verdict != Drop || !p.answerable() {
		return
	}
	if !w.answers.take(p.time) {
		w.counters.AnswersSkipped++
		return
	}
	if p.Flow.Proto != wire.ProtoTCP {
		w.emit(p, &envelope{kind: prohibited, back: true})
		return
	}
	w.emit(p, &envelope{kind: resetSender, back: true})
	if p.flow != nil && p.flow.State >= flow.Established {
		w.emit(p, &envelope{kind: resetReceiver})
	}
}

// emit sends an answer to a packet.
func (w *Worker) emit(p *Packet, e *envelope) {
	e.seed, e.bare = w.cfg.Flow.Seed, !e.back && w.cfg.VLAN == VLANStrip
	if w.vtep != nil && !w.vtep.address(p, e) {
		w.counters.AnswersSkipped++
		return
	}
	w.counters.Answers++
	extra := Extra{Time: p.time, Handle: p.handle, After: w.at, Answer: true, Back: e.back}
	extra.Bytes = p.compose(w.answers.next(), e)
	if e.to != nil {
		extra.Out = OutBy(e.to.Out())
	}
	w.batch.extras = append(w.batch.extras, extra)
}

// compose appends the frame of an answer.
func (p *Packet) compose(b []byte, e *envelope) []byte {
	switch e.kind {
	case resetSender:
		return p.resetSender(b, e)
	case resetReceiver:
		return p.resetReceiver(b, e)
	}
	return p.icmpError(b, e)
}

// answerable says whether an answer is allowed (RFC 1122 section 3.2.2, RFC
// 4443 section 2.4): not to errors, resets, groups or senders without an
// address. Inside nested tunnels and around what is not Ethernet none is made.
func (p *Packet) answerable() bool {
	if !p.IsIP() || !p.answerableAddresses() {
		return false
	}
	switch p.Flow.Proto {
	case wire.ProtoTCP:
		return wire.TCP(p.L4()).Flags()&wire.RST == 0
	case wire.ProtoICMP:
		return !isICMPError(p) && wire.ICMP(p.L4()).Type() != wire.ICMPRedirect
	case wire.ProtoICMPv6:
		return !isICMPError(p) && wire.ICMP(p.L4()).Type() != wire.ICMPv6Redirect
	}
	return true
}

func (p *Packet) answerableAddresses() bool {
	if p.depth > 0 || !p.has(flagL2) || p.Link() != LinkEthernet && p.Link() != LinkRaw {
		return false
	}
	if p.Inner().Multicast() || isGroup(&p.Flow.Dst) || isGroup(&p.Flow.Src) || isUnspecified(&p.Flow.Src) {
		return false
	}
	if p.vxlan != 0 {
		if _, vtep := p.VTEPs(); isGroup(&vtep) { // flooded: which VTEP it is for is not known
			return false
		}
	}
	return true
}

func isGroup(a *[16]byte) bool {
	if wire.Is4(a) {
		return a[12] >= 224
	}
	return a[0] == 0xff
}

func isUnspecified(a *[16]byte) bool {
	return *a == [16]byte{} || *a == wire.Map4([4]byte{})
}

// resetSender appends a reset for the sender (RFC 9293 section 3.5.2).
func (p *Packet) resetSender(b []byte, e *envelope) []byte {
	in := wire.TCP(p.L4())
	seq, ack, flags := uint32(0), uint32(0), wire.RST
	if in.Flags()&wire.ACK != 0 {
		seq = in.Ack()
	} else {
		flags |= wire.ACK
		ack = in.Seq() + uint32(len(p.Payload()))
		if in.Flags()&wire.SYN != 0 {
			ack++
		}
		if in.Flags()&wire.FIN != 0 {
			ack++
		}
	}
	var l4 [wire.TCPMinLen]byte
	putTCP(l4[:], p.Flow.DstPort, p.Flow.SrcPort)
	putReset(l4[:], seq, ack, flags)
	return p.frame(b, l4[:], e)
}

// resetReceiver appends a reset for the other end, in the sender's name.
func (p *Packet) resetReceiver(b []byte, e *envelope) []byte {
	in := wire.TCP(p.L4())
	var l4 [wire.TCPMinLen]byte
	putTCP(l4[:], p.Flow.SrcPort, p.Flow.DstPort)
	putReset(l4[:], in.Seq(), in.Ack(), wire.RST|in.Flags()&wire.ACK)
	return p.frame(b, l4[:], e)
}

func putTCP(h []byte, src, dst uint16) {
	binary.BigEndian.PutUint16(h[0:], src)
	binary.BigEndian.PutUint16(h[2:], dst)
}

func putReset(h []byte, seq, ack uint32, flags wire.TCPFlags) {
	binary.BigEndian.PutUint32(h[4:], seq)
	binary.BigEndian.PutUint32(h[8:], ack)
	h[12], h[13] = wire.TCPMinLen/4<<4, byte(flags)
}
