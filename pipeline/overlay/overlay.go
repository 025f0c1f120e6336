package overlay

import (
	"sync"
	"sync/atomic"
	"time"
)

// Config is what does not change while an Overlay is in use.
type Config struct {
	Entries    int           // learned MAC addresses in all; rounded up to a power of two
	PerNetwork int           // of one network
	Ageing     time.Duration // since the last packet; at most MaxAgeing
	Seed       [2]uint64     // random
	Watcher    Watcher       // nil: nobody wants to know
}

// Watcher is told what packets reveal about the overlay. Workers call it, several
// at a time: it must not block.
type Watcher interface {
	// Moved is told of a MAC address that speaks from another VTEP than before.
	Moved(m Move)
	// Stranger is told of a packet from a VTEP that is no peer, at most once in a
	// millisecond.
	Stranger(vtep [16]byte, port uint16, vni uint32)
}

// Move is a MAC address that speaks from another VTEP than before.
type Move struct {
	Network  uint32
	MAC      [6]byte
	From, To [16]byte
	Static   bool  // it contradicts an Entry, which stays in force: told once in a millisecond at most
	Time     int64 // nanoseconds since 1970
}

// Overlay is what the workers of a VTEP share: the Map in force, and what they
// learn. Publish may be called by any goroutine, all else by any number of them.
type Overlay struct {
	FDB     *FDB
	Watcher Watcher // never nil

	current atomic.Pointer[Map]
	told    [2]atomic.Int64 // when strangers, and contradictions, were told of last
	mu      sync.Mutex      // of Publish and SetBoard
	names   names
	board   Board // may be nil
}

// New returns an Overlay that knows nobody: until Publish, no address is ours.
func New(c Config) *Overlay {
	o := &Overlay{FDB: newFDB(&c), Watcher: c.Watcher, names: newNames()}
	if o.Watcher == nil {
		o.Watcher = nobody{}
	}
	o.current.Store(&Map{})
	return o
}

// Load returns the Map in force. A worker takes it once per batch.
func (o *Overlay) Load() *Map { return o.current.Load() }

// Publish puts what s describes in force; each worker takes it with its next
// batch. What was learned stays, but for what is behind peers that are gone.
// With an error nothing changes.
func (o *Overlay) Publish(s *Spec) error {
	m, err := compile(s)
	if err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	gone := o.names.assign(m, o.FDB)
	before := o.current.Load()
	m.revision = before.revision
	same := before.revision > 0 && m.sameWays(before)
	if !same {
		m.revision++
	}
	o.current.Store(m)
	if o.board != nil {
		o.board.SetRevision(m.revision)
	}
	if same {
		m.changedPlaces(before, func(id uint32, mac uint64) { o.FDB.places.changed(o.FDB.place(id, mac)) })
	}
	for _, name := range gone {
		o.FDB.forget(name)
	}
	return nil
}

// Learn notes that a packet's source is behind the peer that it came from, unless
// an Entry says otherwise. Groups and zero are nobody's address.
func (o *Overlay) Learn(m *Map, a *Arrival, src []byte, now int64) {
	number := macNumber(src)
	if a.From == nil || a.net.paired || src[0]&1 != 0 || number == 0 {
		return
	}
	if i, ok := m.entries[uint64(a.net.number)<<48|number]; ok {
		if t := &m.tunnels[i]; t != a.From {
			o.FDB.contradictions.Add(1)
			if o.tells(contradiction, now) {
				o.Watcher.Moved(Move{Network: a.ID, MAC: [6]byte(src), From: t.address, To: a.From.address, Static: true, Time: now})
			}
		}
		return
	}
	if !a.net.learn {
		return
	}
	if name := o.FDB.learn(a.ID, number, a.From.name, now); name != 0 {
		move := Move{Network: a.ID, MAC: [6]byte(src), To: a.From.address, Time: now}
		if t := m.named(name); t != nil {
			move.From = t.address
		}
		o.Watcher.Moved(move)
	}
}

// Stranger notes a packet from a VTEP that is no peer.
func (o *Overlay) Stranger(vtep [16]byte, port uint16, vni uint32, now int64) {
	if o.tells(stranger, now) {
		o.Watcher.Stranger(vtep, port, vni)
	}
}

const (
	stranger = iota
	contradiction
)

// tells says whether the watcher is to be told of one more of a kind.
func (o *Overlay) tells(kind int, now int64) bool {
	last := o.told[kind].Load()
	return (now-last >= int64(time.Millisecond) || now < last) && o.told[kind].CompareAndSwap(last, now)
}

type nobody struct{}

func (nobody) Moved(Move)                        {}
func (nobody) Stranger([16]byte, uint16, uint32) {}
