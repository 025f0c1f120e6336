package overlay

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// Places is how many counters an FDB has of changes to where addresses are.
const Places = 1 << 12

// Board is told of all that a way rests on which was handed out (Overlay.Rests), by
// whoever changed it. It must not wait, nor call the Overlay.
type Board interface {
	// SetRevision says which Maps are in force: those of a Revision.
	SetRevision(revision uint32)
	// SetPlace says how often it changed where an address of a place is.
	SetPlace(place uint16, changes uint32)
}

// Footing is what the way of packets rests on besides the Map: the places of sender
// and receiver, and the sum of their changes. It holds as long as the sum does.
type Footing struct {
	From, To uint16
	Changes  uint32
}

// places counts, by hash of network and MAC address, how often it changed where
// one of those addresses is.
type places struct {
	changes [Places]atomic.Uint32
	mu      sync.Mutex // of changes, so that the board hears of them in order
	board   Board      // may be nil
}

// changed notes that it changed where an address of a place is. What says where it is was
// written before.
func (p *places) changed(place uint16) {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.changes[place].Add(1)
	if p.board != nil {
		p.board.SetPlace(place, n)
	}
}

// show has a board told of changes from now on, and now of all.
func (p *places) show(b Board) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.board = b; b == nil {
		return
	}
	for place := range p.changes {
		b.SetPlace(uint16(place), p.changes[place].Load())
	}
}

// place is that of an address. The seed is random: nobody can aim at another's.
func (f *FDB) place(id uint32, mac uint64) uint16 {
	hi, lo := bits.Mul64(mac^f.seed[1], uint64(id)^f.seed[0]|1<<33)
	hi, lo = bits.Mul64(hi^lo^f.seed[0], f.seed[1]|1)
	return uint16((hi ^ lo) & (Places - 1))
}

// SetBoard has b told of what ways rest on from now on, and now of how it is; nil
// ends that. When it returns, the board before is not told any more.
func (o *Overlay) SetBoard(b Board) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.board = b
	o.FDB.places.show(b)
	if b != nil {
		b.SetRevision(o.Load().revision)
	}
}

// Way is that of a packet, as a worker found it.
type Way struct {
	Map     *Map
	Arrival *Arrival
	Frame   []byte // the inner one, borrowed
	To      *Tunnel
	Teaches bool // sources of packets like it are learned
}

// Rests says what the way of packets like one rests on. It reports false if the way is
// another by now, or if such packets have something to teach that a worker has to hear:
// their sender is not known to be where they come from.
func (o *Overlay) Rests(w *Way, now int64) (f Footing, ok bool) {
	id, source := w.Arrival.ID, macNumber(w.Frame[6:])
	f.From, f.To = o.FDB.place(id, source), o.FDB.place(id, macNumber(w.Frame))
	f.Changes = o.FDB.places.changes[f.From].Load() + o.FDB.places.changes[f.To].Load()
	// All that is read from here on is as new as these counters, or newer.
	if o.Load() != w.Map {
		return f, false
	}
	if t, refusal := w.Map.Unicast(w.Arrival, w.Frame, o.FDB, now); t != w.To || refusal != Taken {
		return f, false
	}
	return f, !w.Teaches || o.settled(w, source, now)
}

// settled says whether Learn has nothing to do with packets of a source.
func (o *Overlay) settled(w *Way, source uint64, now int64) bool {
	a := w.Arrival
	if a.From == nil || a.net.paired || w.Frame[6]&1 != 0 || source == 0 {
		return true
	}
	if i, ok := w.Map.entries[uint64(a.net.number)<<48|source]; ok {
		return &w.Map.tunnels[i] == a.From
	}
	return !a.net.learn || o.FDB.lookup(a.ID, source, now) == a.From.name
}

// Sender is who sent packets that no worker saw.
type Sender struct {
	Network uint32
	MAC     [6]byte
	VTEP    [16]byte
	Port    uint16 // UDP port of that VTEP's packets to us
}

// Refresh notes that an address which was learned spoke again at a time, from the peer
// behind which it is.
func (o *Overlay) Refresh(from *Sender, at int64) {
	t := o.Load().peer(AddrOf(&from.VTEP), from.Port)
	if t == nil {
		return
	}
	number := macNumber(from.MAC[:])
	s, value := o.FDB.find(o.FDB.set(from.Network, number), from.Network, number)
	if s == nil || nameOf(value) != t.name || (seconds(at)-value>>ageShift)&ageMask >= notYet {
		return
	}
	s.value.CompareAndSwap(value, value&^(ageMask<<ageShift)|seconds(at)<<ageShift)
}
