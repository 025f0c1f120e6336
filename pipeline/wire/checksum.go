package wire

import (
	"encoding/binary"
	"math/bits"
)

// Checksum returns the Internet checksum (RFC 1071) of b, ready to be stored.
// initial is a partial sum to begin with, see PseudoSum.
func Checksum(b []byte, initial uint32) uint16 { return ^fold(Sum(b, uint64(initial))) }

// Sum adds b to a partial one's complement sum. Only the last piece of a
// message may have an odd length.
func Sum(b []byte, sum uint64) uint64 {
	var carry uint64
	for ; len(b) >= 8; b = b[8:] {
		sum, carry = bits.Add64(sum, binary.BigEndian.Uint64(b), carry)
	}
	// Fold to 32 bits so that the rest cannot overflow.
	sum = sum>>32 + sum&0xffffffff + carry
	for ; len(b) >= 2; b = b[2:] {
		sum += uint64(binary.BigEndian.Uint16(b))
	}
	if len(b) == 1 {
		sum += uint64(b[0]) << 8
	}
	return sum
}

// PseudoSum returns the partial sum of the pseudo header of IPv4 (RFC 768) or
// IPv6 (RFC 8200 section 8.1). Addresses are 16 bytes; the twelve leading
// bytes of a mapped IPv4 address are left out. length is that of the upper
// layer's header and payload.
func PseudoSum(src, dst *[16]byte, proto uint8, length int) uint32 {
	from := 0
	if Is4(src) && Is4(dst) {
		from = 12
	}
	sum := Sum(dst[from:], Sum(src[from:], uint64(proto)+uint64(length)))
	return uint32(fold(sum))
}

// Update returns a checksum as it is after one 16-bit word of what it covers has
// changed (RFC 1624). One that was wrong stays wrong.
func Update(checksum, from, to uint16) uint16 {
	return ^fold(uint64(^checksum) + uint64(^from) + uint64(to))
}

// fold adds the carries of a partial sum until 16 bits remain.
func fold(sum uint64) uint16 {
	for sum>>16 != 0 {
		sum = sum>>16 + sum&0xffff
	}
	return uint16(sum)
}
