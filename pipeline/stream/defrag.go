package stream

import (
	"bytes"
	"slices"
)

// Key identifies the datagram that a fragment belongs to (RFC 791 section 3.2,
// RFC 8200 section 4.5), with the VNI: two tenants may use the same addresses.
type Key struct {
	Src, Dst [16]byte
	VNI      uint32
	Nested   uint32
	VLAN     uint32
	ID       uint32
	MACs     [12]byte // of the inner frame: who else would receive it
	Proto    uint8    // 0 for IPv6: there the identification alone counts
}

// Fragment is one piece as it arrived. Frame is borrowed for the time of Add.
type Fragment struct {
	Key    Key
	Frame  []byte // the whole frame
	Data   int    // offset in Frame of the fragment's data
	Length int    // of the data, bytes
	Offset int    // of the data in the datagram, bytes; a multiple of 8
	More   bool   // not the last fragment
	Time   int64
	Handle uint64 // the caller's, as is Link: they come back with the held frame
	Link   uint8
}

// Outcome says what became of a fragment. The zero value holds nothing.
type Outcome uint8

// The outcomes of Add.
const (
	Refused   Outcome = iota // impossible offset or length
	Held                     // waits for the others
	Complete                 // the datagram is complete: the caller settles it
	Overlap                  // overlaps another: the datagram is spoilt
	Duplicate                // the same again: not held, the datagram is unharmed
	Limit                    // no room
)

// maxDatagram is the length of the longest IP payload, in bytes.
const maxDatagram = 65535

// Config bounds a Defrag.
type Config struct {
	Memory    int   // bytes of frames
	Datagrams int   // incomplete ones at a time
	Pieces    int   // of one datagram
	Timeout   int64 // nanoseconds from the first fragment
	Headroom  int   // bytes in front of each frame held, for longer headers
}

// Defrag holds inner fragments until their datagram is complete.
type Defrag struct {
	cfg   Config
	slabs slabs
	byKey map[Key]int32
	slots []Datagram
	free  []int32
	queue []int32 // used slots, oldest first
	held  int     // frames
	lent  [][]byte
}

// NewDefrag returns an empty Defrag.
func NewDefrag(cfg Config) *Defrag {
	d := &Defrag{
		cfg:   cfg,
		slabs: slabs{limit: cfg.Memory},
		byKey: make(map[Key]int32, cfg.Datagrams),
		slots: make([]Datagram, max(1, cfg.Datagrams)),
	}
	for i := len(d.slots) - 1; i >= 0; i-- {
		d.free = append(d.free, int32(i))
	}
	return d
}

// HeldFrames is the number of frames held at present.
func (d *Defrag) HeldFrames() int { return d.held }

// Add takes a fragment. With Complete, Overlap, or Limit for one datagram with
// too many pieces or a frame that can never be held, the datagram is returned:
// the caller settles its frames and must Take or Release them. With Duplicate it is returned for reference.
//
// With Limit and no datagram there is no room: the caller makes some with
// Oldest and tries once more.
func (d *Defrag) Add(f *Fragment) (Outcome, *Datagram) {
	if f.Length <= 0 || f.More && f.Length%8 != 0 || f.Offset+f.Length > maxDatagram {
		return Refused, nil
	}
	i, known := d.byKey[f.Key]
	if !known {
		if len(d.free) == 0 {
			return Limit, nil
		}
		i = d.begin(f)
	}
	g := &d.slots[i]
	if outcome := d.fits(g, f); outcome != Held {
		if outcome != Duplicate {
			g.spoilt = outcome
		}
		return outcome, g
	}
	if !d.hold(g, f) {
		if !known {
			d.forget(i)
		}
		return Limit, nil
	}
	if g.length > 0 && g.covered == g.length {
		return Complete, g
	}
	return Held, nil
}

func (d *Defrag) begin(f *Fragment) int32 {
	i := d.free[len(d.free)-1]
	d.free = d.free[:len(d.free)-1]
	d.queue = append(d.queue, i)
	d.byKey[f.Key] = i
	g := &d.slots[i]
	*g = Datagram{Pieces: g.Pieces[:0], key: f.Key, since: f.Time}
	return i
}

// fits says whether a fragment can be one more piece of a datagram. Any
// overlap spoils the datagram: receivers disagree about who wins (RFC 5722).
func (d *Defrag) fits(g *Datagram, f *Fragment) Outcome {
	if g.spoilt != 0 {
		return g.spoilt
	}
	if len(g.Pieces) >= d.cfg.Pieces || !d.slabs.possible(d.cfg.Headroom+len(f.Frame)) {
		return Limit
	}
	end := f.Offset + f.Length
	for i := range g.Pieces {
		p := &g.Pieces[i]
		if end <= p.Offset || p.Offset+p.Length <= f.Offset {
			continue
		}
		if p.Offset == f.Offset && p.Length == f.Length && bytes.Equal(p.data(), f.Frame[f.Data:f.Data+f.Length]) {
			return Duplicate
		}
		return Overlap
	}
	// Two ends, or data behind the end, contradict each other like an overlap.
	if !f.More && (g.length > 0 || end < g.reach()) || g.length > 0 && end > g.length {
		return Overlap
	}
	return Held
}

// hold copies the frame. It reports false if there is no memory for it.
func (d *Defrag) hold(g *Datagram, f *Fragment) bool {
	buffer := d.slabs.get(d.cfg.Headroom + len(f.Frame))
	if buffer == nil {
		return false
	}
	frame := buffer[d.cfg.Headroom:]
	copy(frame, f.Frame)
	g.Pieces = append(g.Pieces, Piece{
		Frame: frame, buffer: buffer, Data: f.Data, Offset: f.Offset, Length: f.Length, Handle: f.Handle, Link: f.Link,
	})
	g.covered += f.Length
	if !f.More {
		g.length = f.Offset + f.Length
	}
	d.held++
	return true
}

// Take takes the frames out of a datagram. They stay valid until Reclaim. A
// spoilt datagram is remembered, so that the rest of it is refused too, until
// it is due; any other is forgotten.
func (d *Defrag) Take(g *Datagram) {
	for i := range g.Pieces {
		d.lent = append(d.lent, g.Pieces[i].buffer)
	}
	d.empty(g)
}

// Release is Take for frames that nobody needs: their memory is available at
// once.
func (d *Defrag) Release(g *Datagram) {
	for i := range g.Pieces {
		d.slabs.put(g.Pieces[i].buffer)
	}
	d.empty(g)
}

func (d *Defrag) empty(g *Datagram) {
	d.held -= len(g.Pieces)
	g.Pieces = g.Pieces[:0]
	if g.spoilt == 0 {
		d.Forget(g)
	}
}

// Reclaim makes the memory of all frames taken available again.
func (d *Defrag) Reclaim() {
	for _, buffer := range d.lent {
		d.slabs.put(buffer)
	}
	d.lent = d.lent[:0]
}

// Forget makes room for another datagram in place of one whose frames were
// taken.
func (d *Defrag) Forget(g *Datagram) {
	if i, ok := d.byKey[g.key]; ok {
		d.forget(i)
	}
}

func (d *Defrag) forget(i int32) {
	delete(d.byKey, d.slots[i].key)
	d.free = append(d.free, i)
	if at := slices.Index(d.queue, i); at >= 0 {
		d.queue = slices.Delete(d.queue, at, at+1)
	}
}

// Oldest returns the datagram that waits longest, nil if there is none. The
// caller settles its frames, then calls Take or Release, and Forget.
func (d *Defrag) Oldest() *Datagram {
	if len(d.queue) == 0 {
		return nil
	}
	return &d.slots[d.queue[0]]
}

// Due returns a datagram whose time is up, nil if there is none. The caller
// settles its frames, then calls Take or Release, and Forget.
func (d *Defrag) Due(now int64) *Datagram {
	if g := d.Oldest(); g != nil && now-g.since >= d.cfg.Timeout {
		return g
	}
	return nil
}
