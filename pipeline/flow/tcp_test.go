package flow

import (
	"strings"
	"testing"
)

// step is one segment of a scenario: direction, flags, relative sequence and
// acknowledgement numbers, payload.
type step struct {
	from  string // "i" initiator, "r" responder
	flags string
	seq   uint32
	ack   uint32
	data  int
	want  Refusal
	state State
}

func flagBits(s string) (f uint8) {
	for _, c := range s {
		f |= 1 << strings.IndexRune("FSRPAU", c)
	}
	return f
}

func TestTCP(t *testing.T) {
	open := []step{
		{"i", "S", 100, 0, 0, Admitted, New},
		{"r", "SA", 900, 101, 0, Admitted, Answered},
		{"i", "A", 101, 901, 0, Admitted, Established},
	}
	with := func(more ...step) []step { return append(append([]step{}, open...), more...) }
	scenarios := map[string][]step{
		"handshake and data": with(step{"i", "PA", 101, 901, 50, Admitted, Established}, step{"r", "A", 901, 151, 0, Admitted, Established}),
		"close by both": with(
			step{"i", "FA", 101, 901, 0, Admitted, Closing}, step{"r", "A", 901, 102, 0, Admitted, Closing},
			step{"r", "FA", 901, 102, 0, Admitted, Closed}, step{"i", "A", 102, 902, 0, Admitted, Closed}),
		"data lost before FIN is sent again after it": with(
			step{"i", "FA", 201, 901, 0, Admitted, Closing}, step{"r", "FA", 901, 101, 0, Admitted, Closed},
			step{"i", "PA", 101, 902, 100, Admitted, Closed}),
		"reset":                          with(step{"r", "RA", 901, 101, 0, Admitted, Closed}),
		"no data after reset":            with(step{"r", "R", 901, 0, 0, Admitted, Closed}, step{"i", "PA", 101, 901, 5, NoConnection, Closed}),
		"blind reset":                    with(step{"r", "R", 777777, 0, 0, BadReset, Established}),
		"reset inside the window":        with(step{"r", "R", 1400, 0, 0, Admitted, Closed}),
		"refused connection":             {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "RA", 0, 101, 0, Admitted, Closed}},
		"refusal must acknowledge":       {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "RA", 0, 500, 0, BadReset, New}, {"r", "R", 0, 0, 0, BadReset, New}},
		"SYN again":                      {{"i", "S", 100, 0, 0, Admitted, New}, {"i", "S", 100, 0, 0, Admitted, New}},
		"SYN with another number":        {{"i", "S", 100, 0, 0, Admitted, New}, {"i", "S", 500, 0, 0, Admitted, New}, {"r", "SA", 9, 501, 0, Admitted, Answered}},
		"fast open":                      {{"i", "S", 100, 0, 20, Admitted, New}, {"r", "SA", 900, 121, 0, Admitted, Answered}},
		"fast open, data not taken":      {{"i", "S", 100, 0, 20, Admitted, New}, {"r", "SA", 900, 101, 0, Admitted, Answered}},
		"SYN|ACK acknowledges other SYN": {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "SA", 900, 300, 0, NoConnection, New}},
		"data before the handshake":      {{"i", "S", 100, 0, 0, Admitted, New}, {"i", "PA", 101, 901, 5, NoConnection, New}},
		"answer data before SYN|ACK":     {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "PA", 101, 901, 5, NoConnection, New}},
		"challenge ACK, then reset":      {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "A", 7, 7, 0, Admitted, New}, {"i", "R", 7, 0, 0, Admitted, Closed}},
		"simultaneous open":              {{"i", "S", 100, 0, 0, Admitted, New}, {"r", "S", 900, 0, 0, Admitted, Answered}, {"i", "SA", 100, 901, 0, Admitted, Answered}, {"i", "A", 101, 901, 0, Admitted, Established}},
		"new connection after close":     with(step{"i", "R", 101, 0, 0, Admitted, Closed}, step{"i", "S", 5000, 0, 0, Admitted, New}),
		"new connection from other end":  with(step{"r", "R", 901, 0, 0, Admitted, Closed}, step{"r", "S", 5000, 0, 0, Admitted, New}),
		"SYN in between, then reset": with(
			step{"i", "S", 777777, 0, 0, Admitted, Established}, step{"i", "R", 777778, 0, 0, BadReset, Established},
			step{"r", "SA", 777777, 101, 0, Admitted, Established}, step{"r", "R", 777778, 0, 0, BadReset, Established},
			step{"r", "R", 901, 0, 0, Admitted, Closed}),
		"blind FIN": with(step{"r", "FA", 777777, 101, 0, Admitted, Established}, step{"r", "FA", 777778, 101, 0, Admitted, Established},
			step{"r", "FA", 901, 101, 0, Admitted, Closing}),
		"FIN after packets that were not seen":    with(step{"i", "A", 101, 500901, 0, Admitted, Established}, step{"r", "FA", 500901, 101, 0, Admitted, Closing}),
		"SYN inside a connection changes nothing": with(step{"i", "S", 5000, 0, 0, Admitted, Established}),
	}
	for name, steps := range scenarios {
		t.Run(name, func(t *testing.T) { play(t, NewTable(testConfig(4), nil), steps) })
	}
}

func play(t *testing.T, table *Table, steps []step) {
	t.Helper()
	for i, s := range steps {
		k := key(1, protoTCP)
		if s.from == "r" {
			k = k.Reverse()
		}
		seg := Segment{Seq: s.seq, Ack: s.ack, Payload: s.data, Window: 1000, Flags: flagBits(s.flags)}
		r, _, got := table.Admit(&Packet{Key: &k, Now: second, Bytes: 60, TCP: &seg})
		if got != s.want {
			t.Fatalf("step %d: refusal %d, want %d", i, got, s.want)
		}
		if r != nil && r.State != s.state {
			t.Fatalf("step %d: state %v, want %v", i, r.State, s.state)
		}
	}
}

func TestTCPWithoutConnection(t *testing.T) {
	for _, flags := range []string{"A", "PA", "FA", "R", "RA", "SA"} {
		play(t, NewTable(testConfig(4), nil), []step{{"i", flags, 100, 100, 0, NoConnection, New}})
	}
}

func TestTCPBadFlags(t *testing.T) {
	for _, flags := range []string{"", "F", "SF", "SR", "FR", "FSRPAU", "FPU", "P", "SAF", "U"} {
		play(t, NewTable(testConfig(4), nil), []step{{"i", flags, 100, 100, 0, BadFlags, New}})
	}
}

func TestTCPPickup(t *testing.T) {
	cfg := testConfig(4)
	cfg.Midstream = true
	t.Run("data, then an answer", func(t *testing.T) {
		play(t, NewTable(cfg, nil), []step{{"i", "PA", 100, 100, 5, Admitted, New}, {"r", "A", 100, 105, 0, Admitted, Established}})
	})
	t.Run("answer first: lower port is the responder", func(t *testing.T) {
		table := NewTable(cfg, nil)
		k := key(1, protoTCP).reverse()
		r, dir, _ := table.Admit(&Packet{Key: &k, Now: second, TCP: &Segment{Flags: ack}})
		if dir != ToInitiator || r.Key != key(1, protoTCP) || r.Flags&PickedUp == 0 {
			t.Errorf("direction %d, key %v", dir, r.Key)
		}
	})
	t.Run("who was taken for the responder opens a flow of its own", func(t *testing.T) {
		table := NewTable(cfg, nil)
		k := key(1, protoTCP)
		back := k.Reverse()
		picked, _, _ := table.Admit(&Packet{Key: &back, Now: second, TCP: &Segment{Flags: ack}})
		id := picked.ID
		r, dir, refusal := table.Admit(&Packet{Key: &back, Now: second, TCP: &Segment{Flags: syn}})
		if refusal != Admitted || r.ID == id || dir != ToResponder || r.Key != back {
			t.Errorf("refusal %d, direction %d, the same flow: %v", refusal, dir, r.ID == id)
		}
	})
	t.Run("a SYN of the initiator ends nothing", func(t *testing.T) {
		play(t, NewTable(cfg, nil), []step{{"i", "PA", 100, 100, 5, Admitted, New}, {"r", "A", 100, 105, 0, Admitted, Established}, {"i", "S", 7, 0, 0, Admitted, Established}})
	})
	t.Run("a blind reset closes nothing", func(t *testing.T) {
		play(t, NewTable(cfg, nil), []step{
			{"i", "PA", 100, 100, 5, Admitted, New}, {"r", "R", 1 << 30, 0, 0, Admitted, New}, {"r", "A", 100, 105, 0, Admitted, Established},
			{"r", "R", 1 << 30, 0, 0, Admitted, Established}, {"i", "RA", 1 << 30, 5, 0, Admitted, Established}, {"r", "R", 100, 0, 0, Admitted, Closed},
		})
	})
	t.Run("a reset opens nothing", func(t *testing.T) {
		play(t, NewTable(cfg, nil), []step{{"i", "R", 100, 0, 0, NoConnection, New}})
	})
	t.Run("grace period", func(t *testing.T) {
		grace := testConfig(4)
		grace.PickupUntil = 5 * second
		table := NewTable(grace, nil)
		for now, want := range map[int64]Refusal{4 * second: Admitted, 5 * second: NoConnection} {
			k := key(int(now), protoTCP)
			if _, _, got := table.Admit(&Packet{Key: &k, Now: now, TCP: &Segment{Flags: ack}}); got != want {
				t.Errorf("at %d: %d, want %d", now, got, want)
			}
		}
	})
}

func (k Key) reverse() Key { return k.Reverse() }

func TestClosedConnectionEndsSoon(t *testing.T) {
	table := NewTable(testConfig(4), nil)
	play(t, table, []step{
		{"i", "S", 100, 0, 0, Admitted, New}, {"r", "SA", 900, 101, 0, Admitted, Answered},
		{"i", "A", 101, 901, 0, Admitted, Established}, {"i", "R", 101, 0, 0, Admitted, Closed},
	})
	if n := table.Expire(13*second, 10); n != 1 {
		t.Errorf("%d flows ended 12 s after the reset, want 1", n)
	}
}

func TestEstablishedConnectionSurvivesSilence(t *testing.T) {
	table := NewTable(testConfig(4), nil)
	play(t, table, []step{
		{"i", "S", 100, 0, 0, Admitted, New}, {"r", "SA", 900, 101, 0, Admitted, Answered},
		{"i", "A", 101, 901, 0, Admitted, Established},
	})
	if n := table.Expire(7000*second, 10); n != 0 {
		t.Error("connection ended within its timeout")
	}
	for now := 7000 * second; now < 7300*second; now += 10 * second {
		table.Expire(now, 10)
	}
	if table.Stats().Live != 0 {
		t.Error("connection outlived its timeout")
	}
}
