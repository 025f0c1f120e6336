package afxdp

import (
	"encoding/binary"
	"sync/atomic"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Offloaded is a direction of a flow that the kernel handles.
type Offloaded struct {
	Key      flow.Key // as its packets show it, but for a VNI that is mapped: this is the network's ID
	MAC      [6]byte  // of its sender
	VTEP     [16]byte // that they come from
	VTEPPort uint16   // UDP port that they come to
	Port     int      // at which they come in
	Forward  bool     // else they are dropped
	Last     int64    // when the newest one passed, ns since 1970, 0 if none did
}

// EachOffloaded calls f with all that the kernel handles by itself. Workers do not
// wait meanwhile: what they add or take back may be missed.
func (l *Link) EachOffloaded(f func(o *Offloaded)) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.torn.Load() {
		l.program.table.each(f)
	}
}

// each goes through the buckets. An entry that is taken out meanwhile rests.
func (t *table) each(f func(o *Offloaded)) {
	var o Offloaded
	var handled flow.Handled
	for i := range t.buckets {
		for j := range t.buckets[i].Slots {
			slot := atomic.LoadUint32(&t.buckets[i].Slots[j])
			at := slot & (1<<entryBits - 1)
			if at == 0 || !t.byID(uint32(i), slot) {
				continue
			}
			o.read(&t.entries[at])
			handled = flow.Handled{}
			t.read(at, &handled)
			o.Last = handled.Last
			f(&o)
		}
	}
}

// read is what makeEntry made the entry of.
func (o *Offloaded) read(e *offloadEntry) {
	var hosts, vteps [4]uint64
	for i := range e.Pieces {
		hosts[i], vteps[i] = e.Pieces[i].Hosts, e.Pieces[i].Vteps
	}
	*o = Offloaded{Port: int(e.Arrival >> 1), MAC: [6]byte(e.Head[wire.VXLANLen+6:]), VTEPPort: swap(e.VtepPort), Forward: e.Action == offloadForward}
	o.Key = flow.Key{VNI: e.Network, Proto: e.Proto, SrcPort: swap(uint16(e.Ports)), DstPort: swap(uint16(e.Ports >> 16))}
	o.Key.Src, o.Key.Dst = joined(&hosts, piecesOf(e) == 1)
	o.VTEP, _ = joined(&vteps, e.Arrival&1 == 0)
}

// joined is the reverse of pieces.
func joined(p *[4]uint64, v4 bool) (src, dst [16]byte) {
	if v4 {
		var four [8]byte
		binary.LittleEndian.PutUint64(four[:], p[0])
		return wire.Map4([4]byte(four[:4])), wire.Map4([4]byte(four[4:]))
	}
	for i, half := range [4][]byte{src[:8], src[8:], dst[:8], dst[8:]} {
		binary.LittleEndian.PutUint64(half, p[i])
	}
	return src, dst
}
