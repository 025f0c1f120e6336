package pipelinetest

import "encoding/binary"

// Addresses of the VTEPs.
const (
	VTEPa, VTEPb   = "192.0.2.1", "192.0.2.2"
	VTEPa6, VTEPb6 = "fd00:6::1", "fd00:6::2"
)

// VXLAN is the underlay around an inner frame: Ethernet, IP, UDP and a VXLAN
// header.
type VXLAN struct {
	VNI      uint32
	TOS      uint8
	SrcPort  uint16 // 50000 if zero
	Group    uint16 // Group Policy ID: sets the G bit
	Applied  bool   // Group Policy: the A bit
	V6       bool   // IPv6 underlay
	Back     bool   // from VTEP B to VTEP A
	From, To string // VTEPs, instead of A and B
	VLAN     uint16 // VLAN tag of the underlay
	Port     uint16 // 4789 if zero
	Checksum bool   // UDP checksum; IPv6 always has one unless NoChecksum
	Flags    uint8  // override of byte 0
	Reserved uint8  // last byte

	NoChecksum bool
	UDPLen     int   // override
	IPLen      int   // override, IPv4 only
	Ext        []Ext // IPv6 extension headers of the underlay
}

func (v VXLAN) layers() []Layer {
	eth := Eth{Src: "02:00:00:00:00:01", Dst: "02:00:00:00:00:02"}
	src, dst := VTEPa, VTEPb
	if v.V6 {
		src, dst = VTEPa6, VTEPb6
	}
	if v.Back {
		eth.Src, eth.Dst, src, dst = eth.Dst, eth.Src, dst, src
	}
	src, dst = or(v.From, src), or(v.To, dst)
	layers := []Layer{eth}
	if v.VLAN != 0 {
		layers = append(layers, VLAN{ID: v.VLAN})
	}
	if v.V6 {
		layers = append(layers, IPv6{Src: src, Dst: dst, TOS: v.TOS})
		for _, x := range v.Ext {
			layers = append(layers, x)
		}
	} else {
		layers = append(layers, IPv4{Src: src, Dst: dst, Len: v.IPLen, TOS: v.TOS})
	}
	udp := UDP{Src: or(v.SrcPort, 50000), Dst: or(v.Port, 4789), Len: v.UDPLen, NoChecksum: v.NoChecksum || !v.V6 && !v.Checksum}
	return append(layers, udp, VXLANHeader{VNI: v.VNI, Group: v.Group, Applied: v.Applied, Flags: v.Flags, Reserved: v.Reserved})
}

func (v VXLAN) encode(place, []byte) []byte { panic("pipelinetest: VXLAN stands for several layers") }

// VXLANHeader is a VXLAN header alone, for tunnels inside the tunnel.
type VXLANHeader struct {
	VNI      uint32
	Group    uint16
	Applied  bool
	Flags    uint8 // override of byte 0
	Reserved uint8
}

func (v VXLANHeader) encode(_ place, body []byte) []byte {
	flags, policy := byte(0x08), byte(0)
	if v.Group != 0 {
		flags |= 0x80
	}
	if v.Applied {
		policy = 0x08
	}
	b := binary.BigEndian.AppendUint16([]byte{or(v.Flags, flags), policy}, v.Group)
	return append(binary.BigEndian.AppendUint32(b, v.VNI<<8|uint32(v.Reserved)), body...)
}

// Geneve is a Geneve header, to stand behind UDP{Dst: 6081}.
type Geneve struct {
	VNI     uint32
	Options []byte // a multiple of 4
	Version uint8
}

func (g Geneve) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{g.Version<<6 | uint8(len(g.Options)/4), 0}, etherType(at.next))
	b = binary.BigEndian.AppendUint32(b, g.VNI<<8)
	return append(append(b, g.Options...), body...)
}

// GRE is a GRE header.
type GRE struct {
	Key      uint32 // present if not zero
	Seq      bool   // a sequence number is present
	Checksum bool   // a checksum is present, and wrong: nobody verifies it
	Routing  bool   // source routes are said to be present
	Version  uint8
}

func (g GRE) encode(at place, body []byte) []byte {
	b := binary.BigEndian.AppendUint16([]byte{0, g.Version}, etherType(at.next))
	if g.Checksum {
		b[0] |= 0x80
		b = append(b, 0, 0, 0, 0)
	}
	if g.Routing {
		b[0] |= 0x40
	}
	if g.Key != 0 {
		b[0] |= 0x20
		b = binary.BigEndian.AppendUint32(b, g.Key)
	}
	if g.Seq {
		b[0] |= 0x10
		b = append(b, 0, 0, 0, 1)
	}
	return append(b, body...)
}
