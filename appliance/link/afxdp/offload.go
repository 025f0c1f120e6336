package afxdp

import (
	"encoding/binary"
	"slices"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// offloadEntry is an entry of the offload table (shared.bpf.h).
type offloadEntry = wireOffloadEntry

// What the program does with packets of an entry, enum action in shared.bpf.h.
const (
	offloadDrop    = uint8(Drop)
	offloadForward = uint8(Relay)
)

// offloadWay is how packets of an entry leave a VTEP (shared.bpf.h).
type offloadWay = wireOffloadWay

// portGeneve is the UDP port of Geneve (RFC 8926), into which the pipeline looks.
const portGeneve = 6081

// makeEntry sets the entry for packets like p, received at a port and judged
// by a policy of the given revision. It reports false for what the program
// would never match, or must not: it reads plain headers only, and no tunnel
// inside the tunnel.
func (p *program) makeEntry(e *offloadEntry, from *pipeline.Packet, at receipt) bool {
	if !p.offloadable(from) {
		return false
	}
	*e = offloadEntry{
		Action: offloadDrop, Reason: uint8(from.Reason()), Arrival: uint8(at.port) << 1, Revision: at.revision, Map: at.overlay,
		VtepPort: swap(wire.UDP(from.Bytes()[outerUDP(from):]).DstPort()), NoChecksum6: noChecksum6(from),
	}
	setKey(e, &from.Flow)
	copy(e.Head[:], from.VXLAN())
	copy(e.Head[wire.VXLANLen:], from.Inner())
	source, destination := from.VTEPs()
	for i, piece := range pieces(&source, &destination) {
		e.Pieces[i].Vteps = piece
	}
	if !wire.Is4(&source) {
		e.Arrival |= 1
	}
	if from.Forwarded() {
		e.Action, e.Reason = offloadForward, 0
	}
	if e.Proto == wire.ProtoTCP {
		e.Next, e.Ack, e.Reach = at.progress.Next, at.progress.Ack, at.progress.Reach
	}
	return true
}

// receipt is where a packet came in, what judged it, and for TCP how
// far its sender got before.
type receipt struct {
	port     int
	revision uint32
	overlay  uint32 // revision of the overlay, 0 in a wire
	progress flow.Progress
}

// offloadable says whether the program would match packets like p. A tag may be there
// though the key has none: that of a priority, or one that is taken off.
func (p *program) offloadable(from *pipeline.Packet) bool {
	if p.cfg.Offload == 0 || !from.IsIP() || !from.Encapsulated() || from.Inner() == nil || !plainKey(&from.Flow) {
		return false
	}
	if from.Fragment() || from.Reassembled() || from.Related() || from.VXLAN().Reserved() || from.Link() != pipeline.LinkEthernet {
		return false
	}
	return plainOuter(from) && !wire.IsVLAN(from.Inner().Type()) && (from.Flow.Proto == wire.ProtoTCP || !p.tunnelPort(from.Flow.DstPort))
}

// tunnelPort says whether UDP to a port is a tunnel.
func (p *program) tunnelPort(port uint16) bool {
	return port == portGeneve || slices.Contains(p.cfg.VXLANPorts, port)
}

// plainKey says whether the offload table can hold a flow.
func plainKey(k *flow.Key) bool {
	return (k.Proto == wire.ProtoTCP || k.Proto == wire.ProtoUDP) && k.VLAN == 0 && k.Nested == 0 && k.ICMP == 0
}

// setKey sets what all packets of a key have in common, as they have it if their VNI is the
// ID of their network.
func setKey(e *offloadEntry, k *flow.Key) {
	e.Network = k.VNI
	binary.BigEndian.PutUint32(e.Head[4:], k.VNI<<8)
	etherType := uint16(wire.TypeIPv6)
	if wire.Is4(&k.Src) {
		etherType = wire.TypeIPv4
	}
	binary.BigEndian.PutUint16(e.Head[len(e.Head)-2:], etherType)
	e.Proto, e.Ports = k.Proto, uint32(swap(k.SrcPort))|uint32(swap(k.DstPort))<<16
	for i, piece := range pieces(&k.Src, &k.Dst) {
		e.Pieces[i].Hosts = piece
	}
}

// pieces cuts addresses up as IP headers have them.
func pieces(src, dst *[16]byte) [4]uint64 {
	if wire.Is4(src) {
		return [4]uint64{le64(src[8:])>>32 | le64(dst[8:])>>32<<32}
	}
	return [4]uint64{le64(src[:8]), le64(src[8:]), le64(dst[:8]), le64(dst[8:])}
}

// le64 reads eight bytes as a little-endian machine does.
func le64(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }

// swap turns a number into what a little-endian machine reads from the wire.
func swap(port uint16) uint16 { return port<<8 | port>>8 }

// plainOuter says whether a packet's outer IP header has neither options nor extensions.
func plainOuter(p *pipeline.Packet) bool {
	vtep, _ := p.VTEPs()
	udp := outerUDP(p)
	if wire.Is4(&vtep) {
		return udp >= wire.IPv4MinLen && p.Bytes()[udp-wire.IPv4MinLen] == 0x45
	}
	const nextHeader = 6 // its offset
	return udp >= wire.IPv6Len && p.Bytes()[udp-wire.IPv6Len]>>4 == 6 && p.Bytes()[udp-wire.IPv6Len+nextHeader] == wire.ProtoUDP
}

// outerUDP is where the outer UDP header begins.
func outerUDP(p *pipeline.Packet) int { return cap(p.Bytes()) - cap(p.VXLAN()) - wire.UDPLen }

// noChecksum6 says whether the packet has an outer UDP header over IPv6 without
// a checksum: if that was accepted, the program may accept it too.
func noChecksum6(p *pipeline.Packet) uint8 {
	vtep, _ := p.VTEPs()
	if !wire.Is4(&vtep) && wire.UDP(p.Bytes()[outerUDP(p):]).Checksum() == 0 {
		return 1
	}
	return 0
}

// offload puts an entry into the table, and for a VTEP how its packets leave. An old one of
// the same key goes, with what it counted. It reports false if there is no room, or the
// network has had its share.
func (p *program) offload(e *offloadEntry, w *offloadWay) bool {
	if !p.shares.fit(e.Network, p.cfg.Offload) {
		return false
	}
	stored, replaced := p.table.put(e, w)
	if stored && !replaced {
		p.shares.add(e.Network, 1)
	} else if replaced && !stored {
		p.shares.add(e.Network, -1)
	}
	return stored
}

// vniOf is the VNI that packets of an entry show.
func vniOf(e *offloadEntry) uint32 { return binary.BigEndian.Uint32(e.Head[4:]) >> 8 }

// recall takes the entry of a key out of the table and says what it counted. It
// reports false, with h zero, if there was none.
func (p *program) recall(k *flow.Key, h *flow.Handled) bool {
	var key offloadEntry
	found := p.keyOf(k, h, &key) && p.table.remove(&key, h)
	if found {
		p.shares.add(k.VNI, -1)
	}
	return found
}

// peek is recall, but leaves the entry where it is.
func (p *program) peek(k *flow.Key, h *flow.Handled) bool {
	var key offloadEntry
	return p.keyOf(k, h, &key) && p.table.peek(&key, h)
}

// keyOf begins a search for a flow: it reports false if the table cannot have it.
func (p *program) keyOf(k *flow.Key, h *flow.Handled, key *offloadEntry) bool {
	*h = flow.Handled{}
	if p.cfg.Offload == 0 || !plainKey(k) {
		return false
	}
	setKey(key, k)
	return true
}
