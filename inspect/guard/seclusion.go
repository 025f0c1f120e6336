package guard

import "sync"

// Packets of offloaded flows are not seen here: a sender may speak though all is
// silent. So before a move is believed, somebody who knows is asked (Disputes): he
// takes what is offloaded of the sender back, and says when there was nothing left.
// From then on the first packet of the sender is seen here.

// maxDisputes may wait for an answer; further ones are asked for again with the next packet.
const maxDisputes = 64

// seclusion holds the disputes that wait. A worker that finds it locked asks again
// with the next packet.
type seclusion struct {
	mu   sync.Mutex
	list [maxDisputes]Dispute
	n    int
	wake chan struct{}
}

// Dispute is a binding that is said to have moved.
type Dispute struct {
	table   *table
	set     uint64
	way     int
	id      uint64
	asked   int64
	network uint64
	subject [16]byte
	holder  [16]byte
}

// Sender is who speaks in packets that the guard does not see.
type Sender struct {
	VNI  uint32
	MAC  [6]byte
	Addr [16]byte
	VTEP [16]byte
	Port int
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
	s.list[s.n] = Dispute{t, set, w, t.sets[set].id[w].Load(), now, d.network, d.subject, d.holder}
	s.n++
	d.asked = true
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// Disputed tells when there are disputes.
func (g *Guard) Disputed() <-chan struct{} { return g.seclusion.wake }

// Disputes takes the disputes that wait. Each is to be settled.
func (g *Guard) Disputes() []Dispute {
	s := &g.seclusion
	s.mu.Lock()
	defer s.mu.Unlock()
	list := append([]Dispute(nil), s.list[:s.n]...)
	s.n = 0
	return list
}

// Concerns says whether packets of a sender show that nothing has moved.
func (d *Dispute) Concerns(g *Guard, s *Sender) bool {
	switch d.table {
	case g.ports:
		return s.VTEP == d.subject && portHolder(s.Port) == d.holder
	case g.macs:
		return networkOf(s.VNI, 0) == d.network && macSubject(s.MAC) == d.subject && s.VTEP == d.holder
	}
	return networkOf(s.VNI, 0) == d.network && s.Addr == d.subject && macSubject(s.MAC) == d.holder
}

// Settle answers a dispute: last is when the sender was last heard elsewhere, 0 if
// never, and clean says that nothing was left there.
func (d *Dispute) Settle(last int64, clean bool) {
	t := d.table
	mu := t.lock(d.set)
	mu.Lock()
	defer mu.Unlock()
	s, e := &t.sets[d.set], &t.details[d.set*ways+uint64(d.way)]
	if s.id[d.way].Load() != d.id || e.holder != d.holder {
		return
	}
	e.asked = false
	if last > s.seen[d.way].Load() {
		s.seen[d.way].Store(last)
	}
	if clean {
		e.secluded = d.asked
	}
}
