package tls

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
)

// fingerprints of the two hellos: JA3 and JA3S (github.com/salesforce/ja3), JA4
// (github.com/FoxIO-LLC/ja4).
type fingerprints struct {
	ja3, ja3Hash   []byte
	ja3s, ja3sHash []byte
	ja4            []byte
	sorted         []uint16
	text           []byte
}

func (f *fingerprints) reset() {
	f.ja3, f.ja3Hash, f.ja3s, f.ja3sHash, f.ja4 = f.ja3[:0], f.ja3Hash[:0], f.ja3s[:0], f.ja3sHash[:0], f.ja4[:0]
}

func (f *fingerprints) ofClient(h *hello) {
	b := strconv.AppendUint(f.ja3[:0], uint64(h.version), 10)
	b = appendDecimals(append(b, ','), h.ciphers)
	b = appendDecimals(append(b, ','), h.extensions)
	b = appendDecimals(append(b, ','), h.groups)
	b = append(b, ',')
	for i, format := range h.formats {
		if i > 0 {
			b = append(b, '-')
		}
		b = strconv.AppendUint(b, uint64(format), 10)
	}
	f.ja3 = b
	f.ja3Hash = appendMD5(f.ja3Hash[:0], b)
	f.ofClient4(h)
}

func (f *fingerprints) ofServer(h *hello) {
	b := strconv.AppendUint(f.ja3s[:0], uint64(h.version), 10)
	b = appendDecimals(append(b, ','), h.ciphers)
	f.ja3s = appendDecimals(append(b, ','), h.extensions)
	f.ja3sHash = appendMD5(f.ja3sHash[:0], f.ja3s)
}

// appendDecimals appends numbers with dashes between them, but for those of GREASE.
func appendDecimals(b []byte, numbers []uint16) []byte {
	first := true
	for _, n := range numbers {
		if grease(n) {
			continue
		}
		if !first {
			b = append(b, '-')
		}
		first = false
		b = strconv.AppendUint(b, uint64(n), 10)
	}
	return b
}

func appendMD5(dst, b []byte) []byte {
	sum := md5.Sum(b)
	return hex.AppendEncode(dst, sum[:])
}

// versions4 are JA4's names of versions.
var versions4 = map[uint16]string{0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10", 0x0300: "s3"}

// ofClient4 is JA4: t13d1516h2_8daaf6152771_e5627efa2ab1.
func (f *fingerprints) ofClient4(h *hello) {
	b := append(f.ja4[:0], 't')
	if name := versions4[h.negotiated()]; name != "" {
		b = append(b, name...)
	} else {
		b = append(b, "00"...)
	}
	if slices.Contains(h.extensions, extServerName) {
		b = append(b, 'd')
	} else {
		b = append(b, 'i')
	}
	b = appendTwo(b, countReal(h.ciphers))
	b = appendTwo(b, countReal(h.extensions))
	b = appendALPN4(b, h)
	b = f.appendHash4(append(b, '_'), h.ciphers, nil)
	f.ja4 = f.appendHash4(append(b, '_'), h.extensions, h.signatures)
}

// appendTwo appends a number of two digits, at most 99.
func appendTwo(b []byte, n int) []byte {
	n = min(n, 99)
	return append(b, byte('0'+n/10), byte('0'+n%10))
}

func countReal(numbers []uint16) int {
	n := 0
	for _, v := range numbers {
		if !grease(v) {
			n++
		}
	}
	return n
}

// appendALPN4 appends the first and last character of the first protocol offered.
func appendALPN4(b []byte, h *hello) []byte {
	name, _ := h.protocol(0)
	if len(name) == 0 {
		return append(b, "00"...)
	}
	first, last := name[0], name[len(name)-1]
	if alphanumeric(first) && alphanumeric(last) {
		return append(b, first, last)
	}
	const digits = "0123456789abcdef"
	return append(b, digits[first>>4], digits[last&15])
}

func alphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// appendHash4 appends the first 12 digits of the hash of sorted numbers. Extensions that
// every connection may set otherwise are left out, and signatures follow as they are.
func (f *fingerprints) appendHash4(b []byte, numbers, signatures []uint16) []byte {
	f.sorted = f.sorted[:0]
	for _, n := range numbers {
		if !grease(n) && (signatures == nil || n != extServerName && n != extALPN) {
			f.sorted = append(f.sorted, n)
		}
	}
	if len(f.sorted) == 0 {
		return append(b, "000000000000"...)
	}
	slices.Sort(f.sorted)
	text := appendHexList(f.text[:0], f.sorted)
	if len(signatures) > 0 {
		text = appendHexList(append(text, '_'), signatures)
	}
	f.text = text
	sum := sha256.Sum256(text)
	return hex.AppendEncode(b, sum[:6])
}

func appendHexList(b []byte, numbers []uint16) []byte {
	for i, n := range numbers {
		if i > 0 {
			b = append(b, ',')
		}
		b = hex.AppendEncode(b, []byte{byte(n >> 8), byte(n)})
	}
	return b
}
