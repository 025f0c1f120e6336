package evade

import (
	"encoding/binary"
	"time"

	"vxwall/pipeline/stream"
)

// Wall is what all packets pass. It may change a packet, and says whether it goes on.
type Wall interface {
	Pass(packet []byte, toReceiver bool) bool
}

// talk is a connection of the attacker's.
type talk struct {
	r      *Receiver
	wall   Wall
	plan   *plan
	port   uint16
	base   uint32 // sequence number of the first byte
	peer   uint32 // what the receiver is expected to send next
	took   uint32 // the receiver's newest acknowledgement
	clock  uint32 // of our timestamps
	echo   uint32 // the receiver's newest timestamp
	buffer []byte
}

// run has a plan carried out, and returns what the receiver's reader got.
func run(r *Receiver, wall Wall, p *plan, port uint16) (data []byte, open bool) {
	t := &talk{r: r, wall: wall, plan: p, port: port, base: p.isn + 1, clock: 1000, buffer: make([]byte, 65536)}
	if !t.open() {
		return nil, false
	}
	for _, s := range p.shots {
		t.fire(s)
	}
	// All again, honestly, so that what did not come yet is there, and the end.
	for at := 0; at < len(p.data); at += 20 {
		t.fire(p.real(at, min(at+20, len(p.data))))
	}
	t.fire(shot{at: len(p.data), flags: stream.FIN})
	return t.end()
}

// end ends what the wall holds up, by resets that do not pass it, and returns what was read. The
// kernel answers a reset at the wrong number with the right one (RFC 5961).
func (t *talk) end() (data []byte, open bool) {
	for range 5 {
		reset := segment{port: t.port, seq: t.took, flags: stream.RST}
		t.r.send(reset.packet(false))
		if data, open = t.r.Read(t.port, 20*time.Millisecond); open {
			return data, true
		}
		t.drain(0)
	}
	return t.r.Read(t.port, 2*time.Second)
}

// open does the handshake. It reports whether there is a connection.
func (t *talk) open() bool {
	for i := range t.plan.decoySYNs {
		decoy := segment{port: t.port, seq: t.plan.isn + uint32(i+1)*100000, flags: stream.SYN, options: t.options(false, true)}
		t.send(&decoy, true)
	}
	if t.plan.deadSYN != nil {
		dead := segment{port: t.port, seq: t.plan.isn, flags: stream.SYN, options: t.options(false, true), payload: t.plan.deadSYN}
		t.send(&dead, true)
	}
	syn := segment{port: t.port, seq: t.plan.isn, flags: stream.SYN, options: t.options(false, true), payload: t.plan.syn}
	for range 3 {
		t.send(&syn, false)
		if t.drain(100 * time.Millisecond); t.peer != 0 {
			ack := segment{port: t.port, seq: t.base, ack: t.peer, flags: stream.ACK, options: t.options(false, false)}
			t.send(&ack, false)
			return true
		}
	}
	return false
}

// fire sends a shot.
func (t *talk) fire(s shot) {
	if s.spoof {
		forged := segment{port: t.port, seq: t.peer, ack: t.base + uint32(s.at), flags: stream.ACK}
		t.wall.Pass(forged.packet(true), false)
		return
	}
	x := segment{port: t.port, seq: t.base + uint32(s.at), ack: t.peer + s.wrong, flags: stream.ACK | s.flags}
	x.urgent, x.payload, x.badSum, x.options = s.urgent, s.payload, s.badSum, t.options(s.old, false)
	if s.noAck {
		x.flags &^= stream.ACK
	}
	t.send(&x, s.dies)
	t.drain(0)
}

func (t *talk) send(s *segment, dies bool) {
	packet := s.packet(false)
	if t.wall.Pass(packet, true) && !dies {
		t.r.send(packet) // a full queue is a loss like others
	}
}

// options are those of a segment.
func (t *talk) options(old, syn bool) []byte {
	var b []byte
	if t.plan.timed {
		t.clock++
		now := t.clock
		if old {
			now -= 900
		}
		b = append(b, 1, 1, 8, 10)
		b = binary.BigEndian.AppendUint32(b, now)
		b = binary.BigEndian.AppendUint32(b, t.echo)
	}
	if syn && t.plan.fastOpen {
		b = append(b, 1, 1, 34, 10, 1, 2, 3, 4, 5, 6, 7, 8)
	}
	return b
}

// drain takes the receiver's packets, through the wall.
func (t *talk) drain(wait time.Duration) {
	for packet := t.r.receive(t.buffer, wait); packet != nil; packet = t.r.receive(t.buffer, 0) {
		in, ok := Parse(packet)
		if !ok {
			continue
		}
		if _, port := ports(packet); port != t.port {
			continue
		}
		if in.Flags&stream.ACK != 0 {
			t.took = in.Ack
		}
		if !t.wall.Pass(packet, false) {
			continue
		}
		if in.Flags&stream.SYN != 0 {
			t.peer = in.Seq + 1
		}
		if in.HasTS {
			t.echo = in.TSVal
		}
		wait = 0
	}
}
