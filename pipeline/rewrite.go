package pipeline

import (
	"encoding/binary"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// label completes what the outer header says, but for the VNI and group that each
// peer wants to see.
func (v *vtep) label(p *Packet, seed flow.Seed) {
	h := &v.way.header
	h.Entropy = p.entropy(v.way.inner, seed)
	h.Sum = v.known.Options().Checksum6
	if p.has(flagGroup) {
		h.Grouped, h.Group, h.GBP = true, p.group, p.VXLAN().Policy()
	}
}

// entropy decides the outer source port: the same for both directions of a flow.
// What is not IP, or nested, goes by the MAC addresses.
func (p *Packet) entropy(inner int, seed flow.Seed) uint64 {
	if p.depth == 0 && p.flow != nil && !p.Related() {
		return uint64(p.flow.Hash())
	}
	if p.depth == 0 && p.flags&(flagIP|flagFragment) != 0 {
		return uint64(uint32(p.Flow.Hash(seed)))
	}
	macs := pair{dst: macHost(p.buf[inner:]), src: macHost(p.buf[inner+6:]), vni: p.Flow.VNI}
	return macs.hash(seed)
}

// rewrite makes a packet ready to leave as route decided: the inner frame is
// marked, copies are made, and the outer header replaced in place.
func (w *Worker) rewrite(p *Packet) {
	v := w.vtep
	y := &v.way
	if y.to == nil {
		return
	}
	if y.ip != 0 {
		setTOS(p.buf[y.ip:], y.tos)
	}
	if v.known.Options().ClampMSS {
		w.clamp(p)
	}
	if y.tags > 0 {
		copy(p.buf[y.inner+y.tags:], p.buf[y.inner:y.inner+12])
	}
	y.inner += y.tags
	if p.depth == 0 {
		p.inner = uint16(y.inner)
	}
	if y.flood >= 0 {
		w.copyAround(p)
	}
	p.reheader(y.inner-y.to.HeaderLen(), y.end)
	header := y.header
	v.known.Label(&v.arrival, y.to, &header)
	y.to.Put(p.buf, &header)
	p.vxlan = uint16(y.to.HeaderLen() - wire.VXLANLen)
	p.outer = wire.EthernetLen
	p.out = OutBy(y.to.Out())
}

// reheader makes the frame begin at an offset, which may lie in the room in front of
// it, and end at another.
func (p *Packet) reheader(start, end int) {
	if start >= 0 {
		p.buf = p.buf[start:end]
	} else {
		p.buf = before(p.buf[:end], -start)
	}
	p.inner -= uint16(start)
	p.l3 -= uint16(start)
	p.l4 -= uint16(start)
	p.payload -= uint16(start)
	p.end -= uint32(start)
}

func setTOS(ip []byte, tos uint8) {
	if ip[0]>>4 == 6 {
		wire.IPv6(ip).SetTOS(tos)
	} else if wire.IPv4(ip).TOS() != tos {
		wire.IPv4(ip).SetTOS(tos)
	}
}

// clamp makes the maximum segment size that a TCP SYN asks for fit the paths of both
// peers.
func (w *Worker) clamp(p *Packet) {
	if !p.IsIP() || p.depth > 0 || p.Flow.Proto != wire.ProtoTCP || wire.TCP(p.L4()).Flags()&wire.SYN == 0 {
		return
	}
	l4 := p.L4()
	option := wire.TCP(l4[:p.payload-p.l4]).MSS()
	if option == nil {
		return
	}
	y := &w.vtep.way
	limit := y.to.MTU()
	if from := w.vtep.arrival.From; from != nil {
		limit = min(limit, from.MTU())
	}
	header := wire.IPv4MinLen
	if p.buf[p.l3]>>4 == 6 {
		header = wire.IPv6Len
	}
	limit -= int(p.l3) - y.inner - y.tags + header + wire.TCPMinLen
	if limit < 1 || int(binary.BigEndian.Uint16(option)) <= limit {
		return
	}
	w.counters.Clamped++
	binary.BigEndian.PutUint16(option, uint16(limit))
	tcp := wire.TCP(l4)
	tcp.SetChecksum(0)
	tcp.SetChecksum(wire.Checksum(l4, wire.PseudoSum(&p.Flow.Src, &p.Flow.Dst, wire.ProtoTCP, len(l4))))
}

// copies is the room for frames that go to more than one peer.
type copies struct {
	memory []byte
	used   int
	frames int // of this batch
	limit  int
}

func newCopies(c *Config) copies {
	n, size := c.Copies, c.CopyBytes
	if n == 0 {
		n = DefaultCopies
	}
	if size == 0 {
		size = DefaultCopyBytes
	}
	return copies{memory: make([]byte, size), limit: n}
}

func (c *copies) reset() { c.used, c.frames = 0, 0 }

// next returns room for a frame of n bytes, nil if there is none.
func (c *copies) next(n int) []byte {
	if c.frames == c.limit || n > len(c.memory)-c.used {
		return nil
	}
	c.frames++
	c.used += n
	return c.memory[c.used-n : c.used : c.used]
}

// copyAround sends copies of the inner frame to all peers of the flood list but the
// one that gets the frame itself.
func (w *Worker) copyAround(p *Packet) {
	v := w.vtep
	y := &v.way
	inner := p.buf[y.inner:y.end]
	for i := range v.arrival.FloodLen() {
		to := v.known.FloodTo(&v.arrival, i)
		if to == nil || i == y.flood {
			continue
		}
		if len(inner) > to.MTU() {
			w.counters.CopiesDropped[TooBig]++
			continue
		}
		frame := v.copies.next(to.HeaderLen() + len(inner))
		if frame == nil {
			w.counters.CopiesDropped[CopyLimit]++
			continue
		}
		copy(frame[to.HeaderLen():], inner)
		w.sendCopy(p, to, frame)
	}
}

func (w *Worker) sendCopy(p *Packet, to *overlay.Tunnel, frame []byte) {
	header := w.vtep.way.header
	w.vtep.known.Label(&w.vtep.arrival, to, &header)
	to.Put(frame, &header)
	w.counters.Copies.Packets++
	w.counters.Copies.Bytes += uint64(len(frame))
	w.batch.extras = append(w.batch.extras, Extra{
		Bytes: frame, Time: p.time, Handle: p.handle, After: w.at, Copy: true, Out: OutBy(to.Out()),
	})
}
