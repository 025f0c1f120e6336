package guard

import "sync"

// Packets of offloaded flows are not seen here: a sender may speak though all is
// silent. So before a move is believed, somebody who knows is asked (Inquire): he
// takes what is offloaded of the sender back, and says when there was nothing left.
// From then on the first packet of the sender is seen here. And now and then he says
// who spoke there (Heard), lest their bindings be forgotten for silence.

// maxDisputes may wait for an answer; further ones are asked for again with the next packet.
const maxDisputes = 64

// seclusion holds the disputes that wait. A worker that finds it locked asks again
// with the next packet.
type seclusion struct {
	mu   sync.Mutex
	list [maxDisputes]dispute
	n    int
	wake chan struct{}
}

// dispute is a binding that is said to have moved.
type dispute struct {
	disputed
	set    uint64
	way    int
	id     uint64
	holder [16]byte
	asked  int64 // when, by the packet's time
	last   int64 // when the holder was heard elsewhere, 0 if it was not
	heard  bool
}

// disputed is what a dispute is about.
type disputed struct {
	table   *table
	network uint64
	subject [16]byte
}

// ask notes a dispute, unless it is noted. The lock of its set is held.
func (t *table) ask(set uint64, w int, now int64) {
	d, s := &t.details[set*ways+uint64(w)], t.seclusion
	if d.asked || !s.mu.TryLock() {
		return
	}
	defer s.mu.Unlock()
	if s.n == maxDisputes {
		return
	}
	s.list[s.n] = dispute{
		disputed: disputed{t, d.network, d.subject}, set: set, way: w, id: t.sets[set].id[w].Load(), holder: d.holder, asked: now,
	}
	s.n++
	d.asked = true
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Disputed tells when there is something to Inquire.
func (g *Guard) Disputed() <-chan struct{} { return g.seclusion.wake }

// Sender is who speaks in packets that the guard does not see.
type Sender struct {
	VNI  uint32
	MAC  [6]byte
	Addr [16]byte
	VTEP [16]byte
	Port int
}

// Heard notes that packets of a sender pass that are not seen here, and when the last one
// did: what is bound to the sender does not age meanwhile. Nothing new is learned by it.
func (g *Guard) Heard(s *Sender, last int64) {
	network, mac, holder := networkOf(s.VNI, 0), macSubject(s.MAC), portHolder(s.Port)
	g.macs.heard(network, &mac, &s.VTEP, last)
	g.addresses.heard(network, &s.Addr, &mac, last)
	g.ports.heard(0, &s.VTEP, &holder, last)
}

// heard notes when a subject was last heard from its holder, elsewhere.
func (t *table) heard(network uint64, subject, holder *[16]byte, last int64) {
	k := t.key(network, subject)
	s := &t.sets[t.set(&k)]
	for w := range ways {
		seen := s.seen[w].Load()
		if last > seen && s.id[w].Load() == k.id && s.place[w].Load() == t.place(&k, holder) {
			s.seen[w].CompareAndSwap(seen, last) // or a packet has just said so
		}
	}
}

// Inquiry asks for senders that are said to have moved. It belongs to one goroutine.
type Inquiry struct {
	guard    *Guard
	disputes map[disputed]*dispute
}

// Inquire begins an inquiry about all disputes that wait.
func (g *Guard) Inquire() *Inquiry {
	q := &Inquiry{g, map[disputed]*dispute{}}
	s := &g.seclusion
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.n {
		d := s.list[i]
		q.disputes[d.disputed] = &d
	}
	s.n = 0
	return q
}

// Heard says that packets of a sender pass, and when the last one did. It reports
// whether that matters: then they are to come to the guard again.
func (q *Inquiry) Heard(s *Sender, last int64) bool {
	g, network, mac := q.guard, networkOf(s.VNI, 0), macSubject(s.MAC)
	matters := q.note(disputed{g.macs, network, mac}, s.VTEP, last)
	matters = q.note(disputed{g.addresses, network, s.Addr}, mac, last) || matters
	return q.note(disputed{g.ports, 0, s.VTEP}, portHolder(s.Port), last) || matters
}

func (q *Inquiry) note(what disputed, holder [16]byte, last int64) bool {
	d := q.disputes[what]
	if d == nil || d.holder != holder {
		return false
	}
	d.heard, d.last = true, max(d.last, last)
	return true
}

// Settle ends the inquiry, once all senders were named: those that were not heard
// speak nowhere else, and may be believed to have moved.
func (q *Inquiry) Settle() {
	for _, d := range q.disputes {
		d.settle()
	}
}

func (d *dispute) settle() {
	t := d.table
	mu := t.lock(d.set)
	mu.Lock()
	defer mu.Unlock()
	s, e := &t.sets[d.set], &t.details[d.set*ways+uint64(d.way)]
	if s.id[d.way].Load() != d.id || e.holder != d.holder {
		return
	}
	e.asked = false
	if d.last > s.seen[d.way].Load() {
		s.seen[d.way].Store(d.last)
	}
	if !d.heard {
		e.secluded = d.asked
	}
}
