package wire

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// naive is the Internet checksum as RFC 1071 section 4.1 writes it down.
func naive(b []byte, initial uint32) uint16 {
	sum := uint64(initial)
	for ; len(b) > 1; b = b[2:] {
		sum += uint64(b[0])<<8 | uint64(b[1])
	}
	if len(b) > 0 {
		sum += uint64(b[0]) << 8
	}
	for sum>>16 != 0 {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

func TestChecksumAgainstNaive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 2000).Draw(t, "bytes")
		initial := rapid.Uint32().Draw(t, "initial")
		if got, want := Checksum(b, initial), naive(b, initial); got != want {
			t.Fatalf("%#04x, want %#04x", got, want)
		}
	})
}

func TestChecksumCarries(t *testing.T) {
	for n := range 70 {
		b := make([]byte, n)
		for i := range b {
			b[i] = 0xff
		}
		if got, want := Checksum(b, 0xffffffff), naive(b, 0xffffffff); got != want {
			t.Errorf("%d bytes of ones: %#04x, want %#04x", n, got, want)
		}
	}
	if got := Checksum(make([]byte, 1<<16), 0); got != 0xffff {
		t.Errorf("zeros: %#04x", got)
	}
	ones := make([]byte, 1<<16)
	for i := range ones {
		ones[i] = 0xff
	}
	if got := Checksum(ones, 0); got != 0 {
		t.Errorf("ones: %#04x", got)
	}
}

// Pieces of even length may be summed one after the other.
func TestSumInPieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "bytes")
		cut := rapid.IntRange(0, len(b)/2).Draw(t, "cut") * 2
		whole, parts := fold(Sum(b, 0)), fold(Sum(b[cut:], Sum(b[:cut], 0)))
		if whole != parts {
			t.Fatalf("%#04x whole, %#04x in pieces", whole, parts)
		}
	})
}

func TestPseudoSum(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		src := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "src"))
		dst := [16]byte(rapid.SliceOfN(rapid.Byte(), 16, 16).Draw(t, "dst"))
		proto, length := rapid.Uint8().Draw(t, "proto"), rapid.IntRange(0, 65535).Draw(t, "length")
		if rapid.Bool().Draw(t, "IPv4") {
			src, dst = Map4([4]byte(src[12:])), Map4([4]byte(dst[12:]))
		}
		from := 0
		if Is4(&src) && Is4(&dst) {
			from = 12
		}
		header := append(append([]byte{}, src[from:]...), dst[from:]...)
		header = binary.BigEndian.AppendUint32(header, uint32(length))
		header = append(header, 0, 0, 0, proto)
		body := []byte{1, 2, 3}
		if got, want := Checksum(body, PseudoSum(&src, &dst, proto, length)), naive(append(header, body...), 0); got != want {
			t.Fatalf("%#04x, want %#04x", got, want)
		}
	})
}

func FuzzChecksum(f *testing.F) {
	f.Add([]byte{}, uint32(0))
	f.Add([]byte{1}, uint32(1))
	f.Add([]byte{0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, uint32(0xffffffff))
	f.Fuzz(func(t *testing.T, b []byte, initial uint32) {
		if got, want := Checksum(b, initial), naive(b, initial); got != want {
			t.Fatalf("%#04x, want %#04x", got, want)
		}
	})
}
