package evade

import (
	"bytes"
	"slices"

	"vxwall/pipeline/stream"
)

// mutation makes a plan worse to inspect. Data changes the bytes or what comes with the SYN, before
// they are split; shots changes the segments.
type mutation struct {
	name  string
	data  func(*plan)
	shots func(*plan)
}

var mutations = []mutation{
	{name: "small segments", shots: func(p *plan) { p.split(2) }},
	{name: "shuffled", shots: func(p *plan) {
		p.random.Shuffle(len(p.shots), func(i, j int) { p.shots[i], p.shots[j] = p.shots[j], p.shots[i] })
	}},
	{name: "backwards", shots: func(p *plan) { slices.Reverse(p.shots) }},
	{name: "overlapping", shots: overlap},
	{name: "repeated", shots: func(p *plan) { p.around(func(s shot) ([]shot, []shot) { return []shot{s}, []shot{s} }) }},
	{name: "garbage first, that dies", shots: func(p *plan) { p.before(func(s *shot) { s.dies = true }) }},
	{name: "garbage first, wrong checksum", shots: func(p *plan) { p.before(func(s *shot) { s.badSum = true }) }},
	{name: "garbage first, old timestamp", data: func(p *plan) { p.timed = true },
		shots: func(p *plan) { p.before(func(s *shot) { s.old = true }) }},
	{name: "garbage first, wrong acknowledgement", shots: func(p *plan) { p.before(func(s *shot) { s.wrong = 1 << 24 }) }},
	{name: "garbage first, old acknowledgement", shots: func(p *plan) { p.before(func(s *shot) { s.wrong = 3 << 30 }) }},
	{name: "garbage first, no ACK", shots: func(p *plan) { p.before(func(s *shot) { s.noAck = true }) }},
	{name: "garbage first, with SYN", shots: func(p *plan) { p.before(func(s *shot) { s.flags = stream.SYN }) }},
	{name: "garbage first, with RST and wrong checksum", shots: func(p *plan) {
		p.before(func(s *shot) { s.flags, s.badSum = stream.RST, true })
	}},
	{name: "garbage first, with FIN, that dies", shots: func(p *plan) {
		p.before(func(s *shot) { s.flags, s.dies = stream.FIN, true })
	}},
	{name: "garbage ahead, that dies", shots: garbageAhead},
	{name: "garbage afterwards", shots: func(p *plan) {
		p.around(func(s shot) ([]shot, []shot) { return nil, []shot{p.garbage(s)} })
	}},
	{name: "garbage around the bytes", shots: wider},
	{name: "garbage far away", shots: func(p *plan) { p.before(func(s *shot) { s.at += 1 << 20 }) }},
	{name: "keep-alives", shots: func(p *plan) {
		p.around(func(s shot) ([]shot, []shot) {
			return []shot{{at: s.at - 1, payload: p.filler(1)}}, []shot{{at: s.at - 1}}
		})
	}},
	{name: "resets at wrong numbers", shots: func(p *plan) {
		p.around(func(s shot) ([]shot, []shot) {
			return []shot{{at: s.at + 1000 + p.random.IntN(10000), flags: stream.RST}}, nil
		})
	}},
	{name: "a forged acknowledgement", shots: func(p *plan) {
		p.around(func(s shot) ([]shot, []shot) {
			g := p.garbage(s)
			g.dies = true
			return []shot{g, {at: s.at + len(s.payload), spoof: true}}, nil
		})
	}},
	{name: "an urgent byte inside", data: urgentByte},
	{name: "an urgent mark ahead", data: urgentByte, shots: func(p *plan) {
		mark := shot{at: 0, flags: stream.URG, urgent: uint16(p.urgentAt + 1)}
		for i := range p.shots {
			p.shots[i].flags &^= stream.URG
		}
		p.shots = append([]shot{mark}, p.shots...)
	}},
	{name: "garbage in a SYN that dies", data: func(p *plan) { p.deadSYN = p.filler(len(p.data)) }},
	{name: "fast open", data: func(p *plan) { p.syn, p.fastOpen = bytes.Clone(p.data[:len(p.data)*2/3]), true }},
	{name: "other SYNs", data: func(p *plan) { p.decoySYNs = 1 + p.random.IntN(3) }},
	{name: "numbers wrap", data: func(p *plan) { p.isn = -uint32(p.random.IntN(len(p.data) + 2)) }},
}

func overlap(p *plan) {
	for i, s := range p.shots {
		if s.spoof || len(s.payload) == 0 || !bytes.Equal(s.payload, p.part(s.at, s.at+len(s.payload))) {
			continue
		}
		p.shots[i] = p.real(max(0, s.at-p.random.IntN(6)), min(len(p.data), s.at+len(s.payload)+p.random.IntN(6)))
	}
}

// part returns bytes of the attack, nil if there are none in these places.
func (p *plan) part(from, to int) []byte {
	if from < 0 || to > len(p.data) {
		return nil
	}
	return p.data[from:to]
}

// garbageAhead sends, before all, garbage that leaves gaps and dies.
func garbageAhead(p *plan) {
	var ahead []shot
	for at := 1; at < len(p.data); at += 2 + p.random.IntN(5) {
		ahead = append(ahead, shot{at: at, payload: p.filler(min(1+p.random.IntN(4), len(p.data)-at)), dies: true})
	}
	p.shots = append(ahead, p.shots...)
}

// wider sends each second piece first, with garbage at both ends of it: what of that is kept
// differs from receiver to receiver.
func wider(p *plan) {
	var first, rest []shot
	for i, s := range p.shots {
		if i%2 == 0 {
			rest = append(rest, s)
			continue
		}
		w := shot{at: min(s.at, max(0, s.at-3))}
		w.payload = append(p.filler(s.at-w.at), s.payload...)
		w.payload = append(w.payload, p.filler(3)...)
		first = append(first, w)
	}
	p.shots = append(first, rest...)
}

// urgentByte puts a byte into the needle that a receiver takes out as urgent.
func urgentByte(p *plan) {
	at := bytes.Index(p.data, Needle)
	if p.urgentAt >= 0 || at < 0 {
		return
	}
	p.urgentAt = at + 1 + p.random.IntN(len(Needle)-1)
	p.data = slices.Insert(p.data, p.urgentAt, '!')
}
