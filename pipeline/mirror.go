package pipeline

import (
	"slices"

	"vxwall/pipeline/wire"
)

// Mirror says which VXLAN headers are a mirror's own: it puts them around the frames
// that it copies. What is behind them is the frame that was mirrored. A header is the
// mirror's if both its port and its VNI are; at least one of the two is restricted,
// or the overlay's own headers would be taken off too.
type Mirror struct {
	Ports []uint16   // UDP ports; none for Config.Ports
	VNIs  []VNIRange // sorted, not overlapping; none for all
}

// VNIRange is some consecutive VNIs.
type VNIRange struct{ First, Last uint32 }

// unwrap takes the mirror's headers off a packet.
func (w *Worker) unwrap(p *Packet) {
	if w.cfg.Mirror == nil || p.Link() != LinkEthernet {
		return
	}
	frame, found := w.cfg.Mirror.unwrap(&w.cfg, p.buf)
	if found {
		w.counters.Unwrapped++
		p.buf = frame
	}
}

// unwrap returns the frame inside as many headers of the mirror as there are, and
// whether there was any. Mirrors of mirrors are bounded.
func (m *Mirror) unwrap(c *Config, frame []byte) (inside []byte, found bool) {
	for range MaxNested {
		carried := m.carried(c, frame)
		if carried == nil {
			break
		}
		frame, found = carried, true
	}
	return frame, found
}

// carried returns the frame that one header of the mirror carries, nil if there is no
// such header. A frame that was cut is shorter than the header says.
func (m *Mirror) carried(c *Config, frame []byte) []byte {
	etherType, l3, ok := linkHeader(frame, LinkEthernet, maxOuterVLAN)
	if !ok || etherType != wire.TypeIPv4 && etherType != wire.TypeIPv6 {
		return nil
	}
	var h ipHeader
	if h.parse(frame[l3:], etherType, c.ExtensionLimit) != OK || h.proto != wire.ProtoUDP || h.fragmented {
		return nil
	}
	const headers = wire.UDPLen + wire.VXLANLen
	udp := wire.UDP(frame[l3+h.len:])
	if len(udp) < headers+wire.EthernetLen || !m.ownsPort(c, udp.DstPort()) {
		return nil
	}
	vxlan := wire.VXLAN(udp[wire.UDPLen:headers])
	if end := min(udp.Len(), len(udp)); vxlan.HasVNI() && m.ownsVNI(vxlan.VNI()) && end >= headers+wire.EthernetLen {
		return udp[headers:end:end]
	}
	return nil
}

func (m *Mirror) ownsPort(c *Config, port uint16) bool {
	if len(m.Ports) == 0 {
		return slices.Contains(c.Ports, port)
	}
	return slices.Contains(m.Ports, port)
}

func (m *Mirror) ownsVNI(vni uint32) bool {
	if len(m.VNIs) == 0 {
		return true
	}
	_, found := slices.BinarySearchFunc(m.VNIs, vni, VNIRange.compare)
	return found
}

// compare says whether the range is before a VNI, has it, or is behind it.
func (r VNIRange) compare(vni uint32) int {
	switch {
	case r.Last < vni:
		return -1
	case r.First > vni:
		return 1
	}
	return 0
}
