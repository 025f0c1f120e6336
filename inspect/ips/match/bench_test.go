package match

import (
	"fmt"
	"math/rand/v2"
	"testing"
)

func BenchmarkScan(b *testing.B) {
	for _, n := range []int{1000, 10000, 30000} {
		m := New(literals(n))
		for _, size := range []int{64, 1400} {
			b.Run(fmt.Sprintf("patterns=%d/bytes=%d", n, size), func(b *testing.B) { benchScan(b, m, size) })
		}
	}
}

// benchScan scans printable text, a different piece of it each time.
func benchScan(b *testing.B, m *Matcher, size int) {
	r := rand.New(rand.NewPCG(2, 2))
	text := make([]byte, 1<<20)
	for i := range text {
		text[i] = byte('!' + r.IntN(94))
	}
	var h Hits
	h.Grow(m.Len())
	b.SetBytes(int64(size))
	at := 0
	for b.Loop() {
		if at += size; at+size > len(text) {
			at = 0
		}
		h.Reset()
		m.Scan(text[at:at+size], 0, &h)
	}
}

func BenchmarkNew(b *testing.B) {
	patterns := literals(30000)
	for b.Loop() {
		New(patterns)
	}
}

// Short patterns, as real rules have them.
func BenchmarkShort(b *testing.B) {
	for _, length := range []int{2, 3, 4, 5} {
		patterns := literals(100)
		for i := range patterns {
			patterns[i].Data = patterns[i].Data[:length]
		}
		m := New(patterns)
		b.Run(fmt.Sprintf("length=%d", length), func(b *testing.B) { benchScan(b, m, 1400) })
	}
}
