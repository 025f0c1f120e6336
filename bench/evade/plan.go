package evade

import (
	"bytes"
	"math/rand/v2"

	"vxwall/pipeline/stream"
)

// Needle is what must not be read.
var Needle = []byte("ATTACK-NEEDLE")

// shot is a segment to be sent.
type shot struct {
	at      int // place of the payload in the stream
	payload []byte
	flags   uint8  // besides ACK
	urgent  uint16 // with URG
	dies    bool   // on its way from the wall to the receiver
	badSum  bool
	noAck   bool
	wrong   uint32 // added to the acknowledgement
	old     bool   // an old timestamp
	spoof   bool   // not sent: an acknowledgement of the receiver's that is forged, up to at
}

// plan is how an attack is sent.
type plan struct {
	random    *rand.Rand
	data      []byte
	shots     []shot
	isn       uint32
	timed     bool   // with timestamps
	syn       []byte // data of the SYN
	fastOpen  bool
	deadSYN   []byte // data of a SYN that dies, before the real one
	decoySYNs int    // SYNs with other numbers that die, before the real one
	urgentAt  int    // place of a byte that is not part of the attack, -1 for none
}

func newPlan(random *rand.Rand) *plan {
	p := &plan{random: random, isn: random.Uint32(), urgentAt: -1}
	p.data = append(p.filler(random.IntN(40)), Needle...)
	p.data = append(p.data, p.filler(1+random.IntN(40))...)
	return p
}

func (p *plan) filler(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte('a' + p.random.IntN(26))
	}
	return b
}

// split makes shots of pieces of at most n bytes.
func (p *plan) split(n int) {
	p.shots = p.shots[:0]
	for at := 0; at < len(p.data); {
		k := min(1+p.random.IntN(n), len(p.data)-at)
		p.shots = append(p.shots, p.real(at, at+k))
		at += k
	}
}

// real is a shot with bytes of the attack.
func (p *plan) real(from, to int) shot {
	s := shot{at: from, payload: bytes.Clone(p.data[from:to])}
	if p.urgentAt >= from && p.urgentAt < to {
		s.flags |= stream.URG
		s.urgent = uint16(p.urgentAt - from + 1)
	}
	return s
}

// garbage is a shot with other bytes for the place of one.
func (p *plan) garbage(s shot) shot {
	return shot{at: s.at, payload: p.filler(len(s.payload))}
}

// around puts shots before and after each of the plan.
func (p *plan) around(f func(s shot) (before, after []shot)) {
	var out []shot
	for _, s := range p.shots {
		before, after := f(s)
		out = append(out, before...)
		out = append(out, s)
		out = append(out, after...)
	}
	p.shots = out
}

// before puts a changed copy of garbage before each shot.
func (p *plan) before(change func(*shot)) {
	p.around(func(s shot) ([]shot, []shot) {
		g := p.garbage(s)
		change(&g)
		return []shot{g}, nil
	})
}
