package ssh

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
)

// Places of name lists in a key exchange packet (RFC 4253 section 7.1).
const (
	cookieLen    = 16
	keyExchange  = 0
	encryption   = 2 // client to server; the other way is next
	mac          = 4
	compression  = 6
	countOfLists = 8 // that matter
)

// fingerprint is HASSH (github.com/salesforce/hassh): the algorithms that an end offers
// for what it sends, in its order.
func (e *end) fingerprint(packet []byte, fromClient bool) {
	if len(packet) < cookieLen {
		return
	}
	var lists [countOfLists][]byte
	rest := packet[cookieLen:]
	for i := range lists {
		if len(rest) < 4 {
			return
		}
		n := int(binary.BigEndian.Uint32(rest))
		if n > len(rest)-4 {
			return
		}
		lists[i], rest = rest[4:4+n], rest[4+n:]
	}
	other := 0
	if !fromClient {
		other = 1
	}
	b := append(e.offers[:0], lists[keyExchange]...)
	for _, at := range [...]int{encryption, mac, compression} {
		b = append(append(b, ';'), lists[at+other]...)
	}
	e.offers = b
	sum := md5.Sum(b)
	e.offersID = hex.AppendEncode(e.offersID[:0], sum[:])
}
