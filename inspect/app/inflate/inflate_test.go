package inflate

import (
	"bytes"
	"compress/flate"
	stdgzip "compress/gzip"
	stdzlib "compress/zlib"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// gather is a sink that keeps all, up to a limit.
type gather struct {
	bytes.Buffer
	limit int
}

func (g *gather) Decoded(p []byte) bool {
	g.Write(p)
	return g.limit == 0 || g.Len() < g.limit
}

func deflated(t testing.TB, plain []byte, level int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(plain)
	w.Close()
	return b.Bytes()
}

func gzipped(plain []byte, h stdgzip.Header) []byte {
	var b bytes.Buffer
	w := stdgzip.NewWriter(&b)
	w.Header = h
	w.Write(plain)
	w.Close()
	return b.Bytes()
}

func zlibbed(plain []byte) []byte {
	var b bytes.Buffer
	w := stdzlib.NewWriter(&b)
	w.Write(plain)
	w.Close()
	return b.Bytes()
}

// texts are bodies of many kinds.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 100_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 300_000)
	for i := range skewed {
		skewed[i] = byte(r.ExpFloat64() * 7)
	}
	return map[string][]byte{
		"empty": {}, "one": []byte("x"), "short": []byte("hello, hello, hello"),
		"zeros": make([]byte, 200_000), "noise": noise, "skewed": skewed,
		"words": []byte(strings.Repeat("the quick brown fox jumps over the lazy dog. ", 3000)),
	}
}

// split feeds b in pieces of the sizes that next says.
func split(b []byte, next func() int, feed func([]byte) bool) {
	for len(b) > 0 {
		n := min(max(next(), 1), len(b))
		if !feed(b[:n]) {
			return
		}
		b = b[n:]
	}
}

func TestDecoder(t *testing.T) {
	sizes := map[string]func() int{
		"whole": func() int { return 1 << 30 }, "bytes": func() int { return 1 },
		"1400": func() int { return 1400 }, "random": func() int { return rand.IntN(50) },
	}
	for name, plain := range texts() {
		for _, level := range []int{0, 1, 6, 9, flate.HuffmanOnly} {
			packed := deflated(t, plain, level)
			for how, next := range sizes {
				var d Decoder
				var out gather
				rest := []byte("?")
				split(append(packed, "rest"...), next, func(p []byte) bool {
					rest = append(rest[:min(1, len(rest))], d.Write(p, &out)...)
					return d.Status() == Running
				})
				if d.Status() != Done || !bytes.Equal(out.Bytes(), plain) || d.Total() != uint64(len(plain)) {
					t.Errorf("%s, level %d, %s: status %d, %d bytes of %d", name, level, how, d.Status(), out.Len(), len(plain))
				}
				if how == "whole" && string(rest) != "?rest" {
					t.Errorf("%s, level %d: rest %q", name, level, rest)
				}
			}
		}
	}
}

func TestDecoderHalts(t *testing.T) {
	var d Decoder
	out := gather{limit: 100_000}
	d.Write(deflated(t, make([]byte, 1<<20), 9), &out)
	if d.Status() != Halted || out.Len() > 100_000+windowSize {
		t.Errorf("status %d after %d bytes", d.Status(), out.Len())
	}
}

func TestStream(t *testing.T) {
	plain := []byte(strings.Repeat("EICAR-STANDARD-ANTIVIRUS-TEST-FILE ", 40))
	all := stdgzip.Header{Name: "a", Comment: "b", Extra: []byte("cd")}
	zip := gzipped(plain, stdgzip.Header{})
	withCRC := append([]byte{0x1f, 0x8b, 8, gzipHeaderCRC, 0, 0, 0, 0, 0, 3, 9, 9}, zip[10:]...)
	reserved := bytes.Clone(zip)
	reserved[3] |= 0xe1
	emptyExtra := append([]byte{0x1f, 0x8b, 8, gzipExtra, 0, 0, 0, 0, 0, 3, 0, 0}, zip[10:]...)
	twice := append(bytes.Clone(plain), plain...)
	tests := map[string]struct {
		in, want []byte
		failed   bool
	}{
		"gzip": {zip, plain, false}, "gzip, all fields": {gzipped(plain, all), plain, false},
		"gzip, header checksum": {withCRC, plain, false}, "gzip, reserved flags": {reserved, plain, false},
		"gzip, empty extra": {emptyExtra, plain, false},
		"gzip, no trailer":  {zip[:len(zip)-8], plain, false}, "gzip, junk behind": {append(bytes.Clone(zip), "junk"...), plain, false},
		"gzip, two members": {append(bytes.Clone(zip), zip...), twice, false},
		"zlib":              {zlibbed(plain), plain, false}, "raw": {deflated(t, plain, 6), plain, false},
		"plain": {plain, plain, true}, "one byte": {[]byte("x"), []byte("x"), true}, "nothing": {nil, nil, false},
		"plain that begins like gzip": {[]byte("\x1f\x8bxxx"), []byte(""), false},
		"plain that begins like zlib": {[]byte("x\x9c is no stream"), []byte("x\x9c is no stream"), true},
	}
	for name, tt := range tests {
		for size := 1; size < len(tt.in)+2; size += 1 + size/4 {
			var s Stream
			s.Write([]byte("left over"), &gather{})
			s.Reset()
			var out gather
			split(tt.in, func() int { return size }, func(p []byte) bool { return s.Write(p, &out) })
			s.Finish(&out)
			if !bytes.Equal(out.Bytes(), tt.want) || s.Failed() != tt.failed {
				t.Errorf("%s in pieces of %d: failed %v, %.60q", name, size, s.Failed(), out.Bytes())
			}
		}
	}
}

func TestNoAllocation(t *testing.T) {
	packed := gzipped(texts()["words"], stdgzip.Header{})
	var s Stream
	var out gather
	run := func() {
		s.Reset()
		out.Reset()
		split(packed, func() int { return 100 }, func(p []byte) bool { return s.Write(p, &out) })
	}
	run()
	if n := testing.AllocsPerRun(20, run); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if s.Memory() > windowSize {
		t.Errorf("holds %d bytes", s.Memory())
	}
}

func FuzzDecoder(f *testing.F) {
	for _, plain := range texts() {
		f.Add(deflated(f, plain[:min(len(plain), 2000)], 9), uint16(7))
	}
	f.Add([]byte{0x05, 0xe0, 0x81, 8, 0, 0, 0, 0, 0x10, 0xff}, uint16(1))
	f.Fuzz(func(t *testing.T, in []byte, size uint16) {
		const limit = 4 << 20
		r := bytes.NewReader(in)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(r), limit))
		var d Decoder
		out := gather{limit: limit}
		split(in, func() int { return int(size) }, func(p []byte) bool { d.Write(p, &out); return d.Status() == Running })
		if len(want) == limit {
			return
		}
		if (err == nil) != (d.Status() == Done) {
			t.Fatalf("status %d, the standard library says %v", d.Status(), err)
		}
		if !bytes.HasPrefix(out.Bytes(), want) || err == nil && out.Len() != len(want) {
			t.Fatalf("%d bytes, the standard library made %d", out.Len(), len(want))
		}
	})
}

func FuzzStream(f *testing.F) {
	f.Add(gzipped([]byte("hello"), stdgzip.Header{Name: "x"}), uint16(3))
	f.Add(zlibbed([]byte("hello")), uint16(1))
	f.Add([]byte("kkkkkkkkkkkkkkkkkkkk"), uint16(2))
	f.Fuzz(func(t *testing.T, in []byte, size uint16) {
		run := func(size int) (string, bool) {
			var s Stream
			out := gather{limit: 1 << 20}
			split(in, func() int { return size }, func(p []byte) bool { return s.Write(p, &out) })
			s.Finish(&out)
			return out.String(), s.Failed()
		}
		whole, failed := run(len(in) + 1)
		pieces, failed2 := run(int(size))
		if len(whole) < 1<<20 && (whole != pieces || failed != failed2) {
			t.Fatalf("whole %q, in pieces %q", whole, pieces)
		}
	})
}

// Blocks without content take no longer than others.
func TestEmptyBlocks(t *testing.T) {
	in := []byte{0x78, 0x9c}
	acc, have := uint64(0), 0
	for len(in) < 1<<20 {
		acc |= 2 << have // not the last one, fixed codes, and the end of the block
		for have += 10; have >= 8; have -= 8 {
			in = append(in, byte(acc))
			acc >>= 8
		}
	}
	var s Stream
	begin := time.Now()
	if s.Write(in, discard{}); s.Failed() {
		t.Fatal("not decoded")
	}
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}

type discard struct{}

func (discard) Decoded([]byte) bool { return true }
