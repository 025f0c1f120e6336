package overlay

import (
	"testing"
	"time"
)

// board is a Board that remembers.
type board struct {
	revision uint32
	places   [Places]uint32
}

func (b *board) SetRevision(revision uint32)           { b.revision = revision }
func (b *board) SetPlace(place uint16, changes uint32) { b.places[place] = changes }

// holds says whether a footing still does.
func (b *board) holds(f *Footing) bool { return b.places[f.From]+b.places[f.To] == f.Changes }

// wayTo is the way of a packet from a host behind peer 0 to a MAC address.
func wayTo(t *testing.T, o *Overlay, s *Spec, src, dst int) *Way {
	t.Helper()
	w := &Way{Map: o.Load(), Arrival: new(Arrival), Teaches: true}
	*w.Arrival = arrive(t, w.Map, s, 0, 100)
	to, from := mac(dst), mac(src)
	w.Frame = append(to[:], from[:]...)
	o.Learn(w.Map, w.Arrival, w.Frame[6:], second)
	w.To, _ = w.Map.Unicast(w.Arrival, w.Frame, o.FDB, second)
	return w
}

// TestRests: a way that was handed out is taken back by a change of the place of either end,
// or of the peers, and by nothing else.
func TestRests(t *testing.T) {
	for name, test := range map[string]struct {
		change func(o *Overlay, s *Spec)
		holds  bool
		same   bool // revision
	}{
		"sender moves": {func(o *Overlay, s *Spec) {
			a := arrive(t, o.Load(), s, 1, 100)
			o.Learn(o.Load(), &a, macOf(50), second)
		}, false, true},
		"another moves": {func(o *Overlay, s *Spec) {
			for _, peer := range []int{1, 2} {
				a := arrive(t, o.Load(), s, peer, 100)
				o.Learn(o.Load(), &a, macOf(60), second)
			}
		}, true, true},
		"sender is forgotten": {func(o *Overlay, s *Spec) { o.FDB.Flush() }, false, true},
		"receiver's entry":    {func(o *Overlay, s *Spec) { s.Networks[0].Entries[1].Peer = 2; _ = o.Publish(s) }, false, true},
		"another's entry":     {func(o *Overlay, s *Spec) { s.Networks[0].Entries[2].Peer = 0; _ = o.Publish(s) }, true, true},
		"an entry ends":       {func(o *Overlay, s *Spec) { s.Networks[0].Entries = nil; _ = o.Publish(s) }, false, true},
		"next hop":            {func(o *Overlay, s *Spec) { s.Peers[2].NextHop[0] ^= 2; _ = o.Publish(s) }, true, false},
		"groups":              {func(o *Overlay, s *Spec) { s.Sides = []Side{{Groups: GroupStrip}}; _ = o.Publish(s) }, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := threePeers(), new(board)
			o := published(t, s)
			o.SetBoard(b)
			w := wayTo(t, o, s, 50, 2)
			f, ok := o.Rests(w, second)
			if !ok || !b.holds(&f) {
				t.Fatal("does not rest on anything")
			}
			revision := b.revision
			test.change(o, s)
			if b.holds(&f) != test.holds || (b.revision == revision) != test.same || b.revision != o.Load().Revision() {
				t.Errorf("holds: %v, revision %d after %d", b.holds(&f), b.revision, revision)
			}
			o.SetBoard(nil)
			o.FDB.Flush()
		})
	}
}

// TestRestsNot: what the worker still has to hear is not handed over, nor what it saw by a Map
// that is none any more.
func TestRestsNot(t *testing.T) {
	s := threePeers()
	o := published(t, s)
	if _, ok := o.Rests(wayTo(t, o, s, 3, 2), second); ok {
		t.Error("an entry says that the sender is elsewhere")
	}
	w := wayTo(t, o, s, 50, 2)
	o.FDB.Flush()
	if _, ok := o.Rests(w, second); ok {
		t.Error("nobody knows where the sender is")
	}
	w.Teaches = false
	if _, ok := o.Rests(w, second); !ok {
		t.Error("it teaches nothing")
	}
	if err := o.Publish(s); err != nil {
		t.Fatal(err)
	}
	if _, ok := o.Rests(w, second); ok {
		t.Error("the map is another")
	}
}

// TestRefresh: senders that no worker sees are remembered where they are, not where they were.
func TestRefresh(t *testing.T) {
	s := threePeers()
	o := published(t, s)
	wayTo(t, o, s, 50, 2)
	late := second + int64(4*time.Minute)
	from := Sender{Network: 100, MAC: mac(50), VTEP: s.Peers[1].Address, Port: s.Peers[1].Port}
	last := func() (idle time.Duration) {
		o.Learned(late, func(l Learned) bool { idle = l.Idle; return false })
		return idle
	}
	before := last()
	o.Refresh(&from, late)
	if last() != before {
		t.Error("refreshed by another peer")
	}
	from.VTEP, from.Port = s.Peers[0].Address, s.Peers[0].Port
	o.Refresh(&from, late)
	if last() != 0 {
		t.Errorf("silent for %v", last())
	}
	o.Refresh(&from, second)
	if last() != 0 {
		t.Error("an older packet made it older")
	}
}
