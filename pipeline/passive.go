package pipeline

import "vxwall/pipeline/wire"

// A passive pipeline sees copies of packets, which a mirror sends: all is judged and
// reported as in monitor mode, and nothing is answered or handled elsewhere. Copies
// may be cut (clamp, complete), come twice (duplicates.go), wrapped (mirror.go), or for one
// direction only (package flow).

// ofCopies is what a worker needs for them.
type ofCopies struct {
	known   *known       // nil unless duplicates are looked for
	headers [maxCut]byte // see complete
	frame   []byte       // whose headers these are, as it came; nil between packets
}

// isCut marks a copy that is shorter than its headers say. A passive pipeline has no
// other use for the port by which a packet leaves.
const isCut Out = 0xff

func (p *Packet) cut() bool { return p.out == isCut }

// clamp is how many bytes there are of n that a header speaks of, if at most most are
// there. That there are fewer marks a copy as cut; of an original it is for the
// caller to refuse.
func (p *Packet) clamp(c *Config, n, most int) int {
	if n <= most || !c.Passive {
		return n
	}
	p.out = isCut
	return most
}

// cutFragment goes on at a fragment of which not all is there: it will never be put
// together. The first one has ports, and is judged by them.
func (p *Packet) cutFragment(c *Config, h *ipHeader) Reason {
	if h.offset > 0 {
		return InnerTruncated
	}
	return p.parseTransport(c)
}

// decap is Packet.decap, with what a passive pipeline forgives.
func (w *Worker) decap(p *Packet) Reason {
	reason := w.forgive(p, p.decap(&w.cfg))
	if p.cut() {
		w.counters.Truncated++
	}
	return reason
}

// forgive goes on where a copy was cut, and says which of them cannot be judged: so
// little is left that not even their ports are there.
func (w *Worker) forgive(p *Packet, reason Reason) Reason {
	if !w.cfg.Passive || reason == OK {
		return reason
	}
	if p.cut() && reason == InnerTransport {
		reason = w.complete(p)
	}
	if reason != OK && (p.cut() || reason == InnerShort) {
		p.out = isCut
		return InnerTruncated
	}
	return reason
}

// maxCut is the longest frame whose transport header is completed, with room for
// that: who cuts packets in their headers cuts them short.
const (
	maxTransport = 60 // TCP with all its options
	maxCut       = 512 + maxTransport
)

// complete makes the transport header of a cut copy whole, by zeros: so nobody behind
// has to know of it. The copy is in memory of the worker then, and what was added
// lies behind the end of the frame.
func (w *Worker) complete(p *Packet) Reason {
	have := int(p.end) - int(p.l4)
	if len(p.buf) > maxCut-maxTransport || have < leastTransport(p.Flow.Proto) {
		return InnerTransport
	}
	if w.copies.frame == nil { // or it was completed already, and is a tunnel
		w.copies.frame = p.buf
	}
	n := copy(w.copies.headers[:], p.buf)
	clear(w.copies.headers[p.end:])
	l4 := w.copies.headers[p.l4:]
	size, ok := completeHeader(p.Flow.Proto, l4, have)
	if !ok {
		return InnerTransport
	}
	p.buf = w.copies.headers[:n]
	p.end = uint32(int(p.l4) + size)
	return p.parseTransport(&w.cfg)
}

// monitors says whether what is denied passes nevertheless.
func (w *Worker) monitors() bool { return w.cfg.Passive || w.program != nil && w.program.Monitor }

// restore gives a settled packet its frame back, if its headers were completed.
func (w *Worker) restore(p *Packet) {
	if p.cut() {
		p.out = 0
	}
	if w.copies.frame != nil {
		p.buf, w.copies.frame = w.copies.frame, nil
	}
}

// leastTransport is how much of a transport header identifies a flow: its ports, or the
// type and code of ICMP.
func leastTransport(proto uint8) int {
	if proto == wire.ProtoICMP || proto == wire.ProtoICMPv6 {
		return 2
	}
	return 4
}

// completeHeader puts what a header must have where have bytes of it are known, and
// returns its length. A TCP segment whose flags are missing is taken for one from
// the middle of a connection.
func completeHeader(proto uint8, l4 []byte, have int) (size int, ok bool) {
	switch proto {
	case wire.ProtoTCP:
		const offset, flags = 12, 13
		if have <= offset {
			l4[offset] = wire.TCPMinLen / 4 << 4
		}
		if have <= flags {
			l4[flags] = byte(wire.ACK)
		}
		size = wire.TCP(l4).HeaderLen()
		return size, size >= wire.TCPMinLen
	case wire.ProtoUDP:
		const length = 4
		if have < length+2 {
			wire.UDP(l4).SetLen(wire.UDPLen)
		}
		return wire.UDPLen, true
	case wire.ProtoSCTP:
		return wire.SCTPLen, true
	}
	return wire.ICMPLen, true
}
