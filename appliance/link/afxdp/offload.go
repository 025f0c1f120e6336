package afxdp

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// offloadKey and offloadValue are an entry of the offload map (shared.bpf.h).
type (
	offloadKey   = wireOffloadKey
	offloadValue = wireOffloadValue
)

// What the program does with packets of an entry, enum action in shared.bpf.h.
const (
	offloadDrop    = uint8(Drop)
	offloadForward = uint8(Relay)
)

// portGeneve is the UDP port of Geneve (RFC 8926), into which the pipeline looks.
const portGeneve = 6081

// offloadEntry sets the entry for packets like p, received at a port and judged
// by a policy of the given revision. It reports false for what the program
// would never match, or must not: it reads plain headers only, and no tunnel
// inside the tunnel.
func (p *program) offloadEntry(k *offloadKey, v *offloadValue, from *pipeline.Packet, at receipt) bool {
	if !p.offloadable(from) {
		return false
	}
	setKey(k, &from.Flow)
	vxlan, eth := from.VXLAN(), from.Inner()
	*v = offloadValue{
		Action: offloadDrop, Reason: uint8(from.Reason()), Port: uint8(at.port), Revision: at.revision,
		Vxlan: binary.LittleEndian.Uint32(vxlan), Macs: [12]uint8(eth[:12]),
		NoChecksum6: noChecksum6(from),
	}
	if from.Forwarded() {
		v.Action, v.Reason = offloadForward, 0
	}
	if k.Proto == wire.ProtoTCP {
		v.Next, v.Ack, v.Reach = at.progress.Next, at.progress.Ack, at.progress.Reach
	}
	return true
}

// receipt is where a packet came in, the policy that judged it, and for TCP how
// far its sender got before.
type receipt struct {
	port     int
	revision uint32
	progress flow.Progress
}

// offloadable says whether the program would match packets like p.
func (p *program) offloadable(from *pipeline.Packet) bool {
	if p.cfg.Offload == 0 || !from.IsIP() || !from.Encapsulated() || from.Inner() == nil || !plainKey(&from.Flow) {
		return false
	}
	if from.Fragment() || from.Reassembled() || from.Related() || from.VXLAN().Reserved() || from.Link() != pipeline.LinkEthernet {
		return false
	}
	return from.Flow.Proto == wire.ProtoTCP || !p.tunnelPort(from.Flow.DstPort)
}

// tunnelPort says whether UDP to a port is a tunnel.
func (p *program) tunnelPort(port uint16) bool {
	return port == portGeneve || slices.Contains(p.cfg.VXLANPorts, port)
}

// plainKey says whether the offload map can hold a flow.
func plainKey(k *flow.Key) bool {
	return (k.Proto == wire.ProtoTCP || k.Proto == wire.ProtoUDP) && k.VLAN == 0 && k.Nested == 0 && k.ICMP == 0
}

// setKey writes a flow key as the program makes it.
func setKey(k *offloadKey, f *flow.Key) {
	*k = offloadKey{
		Src: f.Src, Dst: f.Dst, Vni: f.VNI, Proto: f.Proto,
		SrcPort: swap(f.SrcPort), DstPort: swap(f.DstPort),
	}
}

// swap turns a number into what a little-endian machine reads from the wire.
func swap(port uint16) uint16 { return port<<8 | port>>8 }

// noChecksum6 says whether the packet has an outer UDP header over IPv6 without
// a checksum: if that was accepted, the program may accept it too.
func noChecksum6(p *pipeline.Packet) uint8 {
	vtep, _ := p.VTEPs()
	at := cap(p.Bytes()) - cap(p.VXLAN()) // of the VXLAN header in the frame
	udp := wire.UDP(p.Bytes()[at-wire.UDPLen : at])
	if !wire.Is4(&vtep) && udp.Checksum() == 0 {
		return 1
	}
	return 0
}

// offload writes an entry. An old one of the same key goes, with what it
// counted. The error is unix.E2BIG if the map is full, or the VNI's share of it.
func (p *program) offload(k *offloadKey, v *offloadValue) error {
	if p.cfg.Offload == 0 || !p.shares.fit(k.Vni, p.cfg.Offload) {
		return unix.E2BIG
	}
	c := p.call()
	defer c.release()
	c.key, c.value, c.attr.flags = *k, *v, unix.BPF_NOEXIST
	err := c.do(unix.BPF_MAP_UPDATE_ELEM)
	if err == unix.EEXIST {
		c.attr.flags = unix.BPF_EXIST
		return c.do(unix.BPF_MAP_UPDATE_ELEM)
	}
	if err == nil {
		p.shares.add(k.Vni, 1)
	}
	return err
}

// recall takes the entry of a key out of the map and says what it counted. It
// reports false, with h zero, if there was none.
func (p *program) recall(k *flow.Key, h *flow.Handled) bool {
	found := p.read(k, h, unix.BPF_MAP_LOOKUP_AND_DELETE_ELEM)
	if found {
		p.shares.add(k.VNI, -1)
	}
	return found
}

// peek is recall, but leaves the entry where it is.
func (p *program) peek(k *flow.Key, h *flow.Handled) bool {
	return p.read(k, h, unix.BPF_MAP_LOOKUP_ELEM)
}

func (p *program) read(k *flow.Key, h *flow.Handled, command uintptr) bool {
	*h = flow.Handled{}
	if p.cfg.Offload == 0 || !plainKey(k) {
		return false
	}
	c := p.call()
	defer c.release()
	setKey(&c.key, k)
	c.attr.flags = unix.BPF_ANY
	if c.do(command) != nil {
		return false
	}
	v := &c.value
	h.Packets, h.Bytes, h.Next, h.Ack, h.Window = v.Packets, v.Bytes, v.Next, v.Ack, v.Window
	if v.Last > 0 {
		h.Last = p.ctl.clock.unix(int64(v.Last))
	}
	return true
}
