package flow

import (
	"encoding/binary"
	"math/bits"
)

// Key identifies a flow as one of its packets shows it. It has no pointers and
// is comparable. Addresses are 16 bytes, IPv4 mapped (RFC 4291 section 2.5.5.2).
type Key struct {
	Src, Dst         [16]byte
	VNI              uint32 // of the outermost VXLAN header, 24 bits
	Nested           uint32 // 0, or depth<<24 | identifier of the innermost nested tunnel
	VLAN             uint32 // inner VLAN tags: outer ID<<16 | inner ID, 0 without
	SrcPort, DstPort uint16 // ICMP queries: the identifier and the number after it; 0 where there are no ports
	ICMP             uint16 // type<<8 | code of the ICMP query or message, else 0
	Proto            uint8
}

// Reverse returns the key as a packet of the other direction shows it.
func (k *Key) Reverse() Key {
	r := *k
	r.Src, r.Dst = k.Dst, k.Src
	r.SrcPort, r.DstPort = k.DstPort, k.SrcPort
	return r
}

// reverseOf says whether k is o seen from the other direction.
func (k *Key) reverseOf(o *Key) bool {
	return k.Src == o.Dst && k.Dst == o.Src && k.SrcPort == o.DstPort && k.DstPort == o.SrcPort &&
		k.VNI == o.VNI && k.Proto == o.Proto && k.ICMP == o.ICMP && k.Nested == o.Nested && k.VLAN == o.VLAN
}

// Seed makes hashes unpredictable to whoever sends packets. Use random bits.
type Seed [2]uint64

// Hash returns the key's hash, the same for both directions. It multiplies
// 64-bit words with seeded ones and folds the 128-bit products (the
// construction of wyhash): each end of the flow by itself, then both together.
func (k *Key) Hash(s Seed) uint64 {
	a := end(&k.Src, k.SrcPort, s)
	b := end(&k.Dst, k.DstPort, s)
	rest := uint64(k.VNI)<<32 | uint64(k.Proto)<<16 | uint64(k.ICMP)
	rest ^= bits.RotateLeft64(uint64(k.Nested)<<32|uint64(k.VLAN), 29)
	return mix(a+b^s[1], mix(a^b^s[0], rest^s[1]^0x9e3779b97f4a7c15))
}

func end(addr *[16]byte, port uint16, s Seed) uint64 {
	hi := binary.LittleEndian.Uint64(addr[0:8])
	lo := binary.LittleEndian.Uint64(addr[8:16])
	return mix(hi^s[0]^uint64(port)<<48, lo^s[1])
}

func mix(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
