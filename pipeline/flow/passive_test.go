package flow

import (
	"fmt"
	"testing"
	"time"
)

// passiveTable is a small table that sees copies.
func passiveTable(capacity int) (*Table, map[End]int) {
	ends := map[End]int{}
	t := NewTable(Config{Capacity: capacity, Timeouts: DefaultTimeouts, Midstream: true, Passive: true}, func(_ *Record, e End) { ends[e]++ })
	return t, ends
}

func between(proto uint8, src, dst uint16) *Key {
	k := &Key{VNI: 100, Proto: proto, SrcPort: src, DstPort: dst}
	k.Src[15], k.Dst[15] = 1, 2
	if src == 1 { // many hosts
		k.Src[14] = 1
	}
	return k
}

// TestPassiveTCP: copies that are missing, late, twice or of one direction alone are
// admitted, and the flow's state is as true as can be.
func TestPassiveTCP(t *testing.T) {
	open := []step{
		{"i", "S", 100, 0, 0, Admitted, New}, {"r", "SA", 900, 101, 0, Admitted, Answered}, {"i", "A", 101, 901, 0, Admitted, Established},
	}
	with := func(more ...step) []step { return append(append([]step{}, open...), more...) }
	twice := func(steps []step) (all []step) {
		for _, s := range steps {
			all = append(all, s, s)
		}
		return all
	}
	all := with(step{"i", "PA", 101, 901, 50, Admitted, Established}, step{"i", "FA", 151, 901, 0, Admitted, Closing},
		step{"r", "FA", 901, 152, 0, Admitted, Closed}, step{"i", "A", 152, 902, 0, Admitted, Closed})
	only := func(from string, states ...State) (of []step) {
		for _, s := range all {
			if s.from == from {
				s.state = states[len(of)]
				of = append(of, s)
			}
		}
		return of
	}
	scenarios := map[string][]step{
		"twice":           twice(all),
		"initiator alone": only("i", New, Established, Established, Closing, Closing),
		"responder alone": only("r", Established, Closing),
		"no SYN|ACK":      {{"i", "S", 100, 0, 0, Admitted, New}, {"i", "A", 101, 901, 0, Admitted, Established}, {"r", "PA", 901, 101, 9, Admitted, Established}},
		"no last ACK":     {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "SA", 900, 101, 0, Admitted, Answered}, {"r", "PA", 901, 101, 9, Admitted, Established}},
		"SYN late":        {{"r", "SA", 900, 101, 0, Admitted, Established}, {"i", "S", 100, 0, 0, Admitted, Established}, {"i", "A", 101, 901, 0, Admitted, Established}},
		"data after RST":  with(step{"r", "R", 901, 0, 0, Admitted, Closed}, step{"i", "PA", 101, 901, 5, Admitted, Closed}),
		"blind reset":     with(step{"r", "R", 777777, 0, 0, Admitted, Established}),
		"refused, twice":  twice([]step{{"i", "S", 100, 0, 0, Admitted, New}, {"r", "RA", 0, 101, 0, Admitted, Closed}}),
		"no such flags":   {{"i", "FS", 100, 0, 0, BadFlags, New}},
	}
	for name, steps := range scenarios {
		t.Run(name, func(t *testing.T) {
			table, ends := passiveTable(16)
			for n, s := range steps {
				k := between(protoTCP, 40000, 443)
				if s.from == "r" {
					*k = k.Reverse()
				}
				r, _, got := table.Admit(&Packet{Key: k, Now: int64(n) * int64(time.Millisecond), Bytes: 100, TCP: &Segment{
					Seq: s.seq, Ack: s.ack, Payload: s.data, Window: 1000, Flags: flagBits(s.flags),
				}})
				if got != s.want || r != nil && (r.State != s.state || r.Key != *between(protoTCP, 40000, 443)) {
					t.Fatalf("step %d %v: refusal %d, flow %+v", n, s, got, r)
				}
			}
			if table.Stats().Created > 1 || len(ends) > 0 {
				t.Errorf("%+v, ended %v: more than one flow", table.Stats(), ends)
			}
		})
	}
}

// TestPassiveOneWay: a flow of which one direction is seen lives as long as any other.
func TestPassiveOneWay(t *testing.T) {
	for _, proto := range []uint8{protoUDP, 47} {
		table, ends := passiveTable(16)
		for i := range 10 {
			now := int64(i) * int64(DefaultTimeouts.UDPNew+time.Second)
			if i == 1 { // the first packet alone is no flow that goes on
				now = int64(time.Second)
			}
			if _, _, refusal := table.Admit(&Packet{Key: between(proto, 40000, 40001), Now: now, Bytes: 100}); refusal != Admitted {
				t.Fatal(refusal)
			}
			table.Expire(now, 100)
		}
		if s := table.Stats(); s.Created != 1 || len(ends) > 0 {
			t.Errorf("protocol %d: %+v, ended %v", proto, s, ends)
		}
	}
}

// TestPassiveAnswer: an answer whose question was not seen does not pass for one.
func TestPassiveAnswer(t *testing.T) {
	for k, want := range map[*Key]Direction{
		between(protoUDP, 53, 50000): ToInitiator, between(protoUDP, 50000, 53): ToResponder,
		between(protoUDP, 53, 1900): ToResponder, between(protoUDP, 123, 123): ToResponder,
	} {
		table, _ := passiveTable(16)
		r, dir, _ := table.Admit(&Packet{Key: k, Now: 1, Bytes: 100})
		if dir != want || r.Toward(dir) != *k {
			t.Errorf("%d to %d: %v, %+v", k.SrcPort, k.DstPort, dir, r.Key)
		}
	}
}

// TestPassiveFull: what was seen in one direction makes room, what was seen in both
// does not, and a flood of half-open connections makes room for itself.
func TestPassiveFull(t *testing.T) {
	table, ends := passiveTable(8)
	admit := func(k *Key, flags string) {
		p := &Packet{Key: k, Now: 1, Bytes: 100}
		if flags != "" {
			p.TCP = &Segment{Seq: 100, Ack: 101, Flags: flagBits(flags)}
		}
		if _, _, refusal := table.Admit(p); refusal != Admitted {
			t.Fatalf("%+v: %d", k, refusal)
		}
	}
	both := between(protoUDP, 40000, 40001)
	back := both.Reverse()
	admit(both, "")
	admit(&back, "")
	for i := range 100 {
		syn := between(protoTCP, uint16(1000+i), 2000)
		answer := syn.Reverse()
		admit(syn, "S")
		admit(&answer, "SA")
		oneWay := between(protoUDP, uint16(1000+i), 3000)
		admit(oneWay, "")
		admit(oneWay, "")
	}
	admit(both, "")
	if r, _ := table.Find(both, 1); r == nil || r.Packets != [2]uint64{2, 1} || table.Stats().Live != 8 || ends[Expired] > 0 {
		t.Errorf("%+v, %+v, ended %v", r, table.Stats(), fmt.Sprint(ends))
	}
}
