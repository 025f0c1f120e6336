package wire

import "encoding/binary"

// EtherTypes (IANA ieee-802-numbers).
const (
	TypeIPv4    = 0x0800
	TypeARP     = 0x0806
	TypeTEB     = 0x6558 // transparent Ethernet bridging, in GRE and Geneve
	TypeVLAN    = 0x8100 // IEEE 802.1Q
	TypeIPv6    = 0x86dd
	TypeQinQ    = 0x88a8 // IEEE 802.1ad
	TypeQinQOld = 0x9100 // QinQ before 802.1ad
)

// EthernetLen and VLANLen are the lengths of an Ethernet header and of one
// VLAN tag, in bytes.
const (
	EthernetLen = 14
	VLANLen     = 4
)

// Ethernet is an Ethernet header, at least EthernetLen bytes (IEEE 802.3):
//
//	0      6      12     14
//	| dst  | src  | type |
type Ethernet []byte

// Dst is the destination MAC address.
func (e Ethernet) Dst() [6]byte { return [6]byte(e[0:6]) }

// Src is the source MAC address.
func (e Ethernet) Src() [6]byte { return [6]byte(e[6:12]) }

// Type is the EtherType, or a length if below 0x0600.
func (e Ethernet) Type() uint16 { return binary.BigEndian.Uint16(e[12:14]) }

// Multicast says whether the destination is a group address (broadcast too).
func (e Ethernet) Multicast() bool { return e[0]&1 != 0 }

// Broadcast says whether the destination is ff:ff:ff:ff:ff:ff.
func (e Ethernet) Broadcast() bool { return e.Dst() == [6]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff} }

// IsVLAN says whether an EtherType announces a VLAN tag.
func IsVLAN(etherType uint16) bool {
	return etherType == TypeVLAN || etherType == TypeQinQ || etherType == TypeQinQOld
}

// ARP is an ARP packet for Ethernet and IPv4 (RFC 826), ARPLen bytes:
//
//	0      2      4    5    6    8     14    18    24    28
//	| htype| ptype|hlen|plen| op | sha | spa | tha | tpa |
type ARP []byte

// ARPLen is the length of an ARP packet for Ethernet and IPv4.
const ARPLen = 28

// Valid says whether the packet is ARP for Ethernet and IPv4.
func (a ARP) Valid() bool {
	return len(a) >= ARPLen && binary.BigEndian.Uint64(a)>>16 == 0x0001_0800_0604
}

// SenderMAC is the sender's hardware address.
func (a ARP) SenderMAC() [6]byte { return [6]byte(a[8:14]) }

// SenderIP is the sender's protocol address.
func (a ARP) SenderIP() [4]byte { return [4]byte(a[14:18]) }
