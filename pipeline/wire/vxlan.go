package wire

import "encoding/binary"

// VXLANLen is the length of a VXLAN header in bytes.
const VXLANLen = 8

// Flag bits of byte 0 and 1 of a VXLAN header (RFC 7348 section 5,
// draft-smith-vxlan-group-policy section 2.1).
const (
	VXLANFlagI = 0x08 // byte 0: the VNI is valid
	VXLANFlagG = 0x80 // byte 0: bytes 2..3 carry a Group Policy ID
	GBPFlagD   = 0x40 // byte 1: the egress VTEP must not learn the source
	GBPFlagA   = 0x08 // byte 1: policy was already applied
)

// VXLAN is a VXLAN header, VXLANLen bytes (RFC 7348 section 5, Group Policy
// draft):
//
//	0       1       2        4           7       8
//	| flags | GBP D,A | group | VNI       | reserved |
type VXLAN []byte

// HasVNI says whether the I bit is set.
func (h VXLAN) HasVNI() bool { return h[0]&VXLANFlagI != 0 }

// HasGroup says whether the header carries a Group Policy ID.
func (h VXLAN) HasGroup() bool { return h[0]&VXLANFlagG != 0 }

// Group is the Group Policy ID, 0 without the G bit.
func (h VXLAN) Group() uint16 {
	if !h.HasGroup() {
		return 0
	}
	return binary.BigEndian.Uint16(h[2:4])
}

// Policy returns the flags of the Group Policy extension, 0 without the G bit.
func (h VXLAN) Policy() uint8 {
	if !h.HasGroup() {
		return 0
	}
	return h[1] & (GBPFlagD | GBPFlagA)
}

// DontLearn says whether the source must not be learned.
func (h VXLAN) DontLearn() bool { return h.Policy()&GBPFlagD != 0 }

// VNI is the VXLAN network identifier, 24 bits.
func (h VXLAN) VNI() uint32 { return binary.BigEndian.Uint32(h[4:8]) >> 8 }

// Reserved says whether a bit that must be zero is set: all but I without
// Group Policy, all but I, G, D, A and the group with it.
func (h VXLAN) Reserved() bool {
	used := uint32(VXLANFlagI) << 24
	if h.HasGroup() {
		used |= VXLANFlagG<<24 | (GBPFlagD|GBPFlagA)<<16 | 0xffff
	}
	return binary.BigEndian.Uint32(h[0:4])&^used != 0 || h[7] != 0
}
