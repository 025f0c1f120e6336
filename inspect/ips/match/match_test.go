package match

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// naive says whether a pattern occurs in a text, as its documentation says.
func naive(p *Pattern, data []byte, base uint64) bool {
	for at := 0; at+len(p.Data) <= len(data); at++ {
		got := data[at : at+len(p.Data)]
		end := at + len(p.Data)
		if base+uint64(at) < uint64(p.From) || p.To != 0 && base+uint64(end) > uint64(p.To) || p.End && end != len(data) {
			continue
		}
		if bytes.Equal(got, p.Data) || p.Nocase && bytes.Equal(toLower(got), toLower(p.Data)) {
			return true
		}
	}
	return false
}

// toLower is bytes.ToLower for what need not be UTF-8.
func toLower(b []byte) []byte {
	out := bytes.Clone(b)
	for i, c := range out {
		if c >= 'A' && c <= 'Z' {
			out[i] |= 0x20
		}
	}
	return out
}

func scan(m *Matcher, data []byte, base uint64) []uint32 {
	var h Hits
	h.Grow(m.Len())
	m.Scan(data, base, &h)
	return slices.Sorted(slices.Values(h.List()))
}

func expect(patterns []Pattern, data []byte, base uint64) (out []uint32) {
	for i := range patterns {
		if naive(&patterns[i], data, base) {
			out = append(out, uint32(i))
		}
	}
	return out
}

// Texts and patterns are of few letters, so that much matches nearly.
func TestAgainstNaive(t *testing.T) {
	letters := rapid.SampledFrom([]byte("aAbB@`[{\x00\x20"))
	rapid.Check(t, func(t *rapid.T) {
		patterns := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Pattern {
			return Pattern{
				Data:   rapid.SliceOfN(letters, 1, 12).Draw(t, "data"),
				Nocase: rapid.Bool().Draw(t, "nocase"),
				From:   rapid.SampledFrom([]uint32{0, 0, 0, 3, 20}).Draw(t, "from"),
				To:     rapid.SampledFrom([]uint32{0, 0, 0, 12, 40}).Draw(t, "to"),
				End:    rapid.IntRange(0, 5).Draw(t, "end") == 0,
			}
		}), 0, 40).Draw(t, "patterns")
		data := rapid.SliceOfN(letters, 0, 100).Draw(t, "text")
		base := rapid.SampledFrom([]uint64{0, 0, 5, 1 << 40}).Draw(t, "base")
		want := expect(patterns, data, base)
		for _, m := range matchers(patterns) {
			if got := scan(m, data, base); !slices.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

// matchers returns one matcher as the processor has it, and one without vectors.
func matchers(patterns []Pattern) []*Matcher {
	with := New(patterns)
	defer func(was bool) { vectors = was }(vectors)
	vectors = false
	return []*Matcher{with, New(patterns)}
}

func TestEdges(t *testing.T) {
	if got := scan(New(nil), []byte("text"), 0); got != nil {
		t.Errorf("no patterns: %v", got)
	}
	m := New([]Pattern{{Data: []byte("needle")}, {Data: []byte("e")}, {Data: []byte("le"), End: true}, {Data: []byte("need"), To: 4}})
	for text, want := range map[string][]uint32{
		"": nil, "needle": {0, 1, 2, 3}, "needl": {1, 3}, "xneedle": {0, 1, 2}, "NEEDLE": nil, "le": {1, 2}, "lex": {1},
	} {
		if got := scan(m, []byte(text), 0); !slices.Equal(got, want) {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
	if m.MaxLen() != 6 || m.Len() != 4 {
		t.Errorf("%d patterns, longest %d", m.Len(), m.MaxLen())
	}
}

// A set is empty after Reset, whatever was in it.
func TestHitsReset(t *testing.T) {
	var h Hits
	h.Grow(200)
	for _, n := range []uint32{0, 63, 64, 199} {
		h.add(n)
	}
	h.Reset()
	for n := range uint32(200) {
		if h.Has(n) {
			t.Errorf("%d is left", n)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("GET /index.php?id=1 HTTP/1.1"), []byte("index.php\x00id=\x00HTTP/1.1\x00G"), true)
	f.Add([]byte("aaaaaaaaaaaaaa"), []byte("aaaaaa\x00aaaa\x00aa\x00a"), false)
	f.Fuzz(func(t *testing.T, text, list []byte, nocase bool) {
		var patterns []Pattern
		for _, p := range bytes.Split(list, []byte{0}) {
			if len(p) > 0 && len(patterns) < 64 {
				patterns = append(patterns, Pattern{Data: p, Nocase: nocase})
			}
		}
		want := expect(patterns, text, 0)
		for _, m := range matchers(patterns) {
			if got := scan(m, text, 0); !slices.Equal(got, want) {
				t.Fatalf("%v, want %v", got, want)
			}
		}
	})
}

// literals returns patterns of 6 to 12 printable bytes.
func literals(n int) []Pattern {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	out := make([]Pattern, n)
	for i := range out {
		b := make([]byte, 6+r.IntN(7))
		for j := range b {
			b[j] = byte('!' + r.IntN(94))
		}
		out[i] = Pattern{Data: b, Nocase: i%2 == 0}
	}
	return out
}

func TestBuildsFast(t *testing.T) {
	begin := time.Now()
	m := New(literals(30000))
	if d := time.Since(begin); d > time.Second {
		t.Errorf("30000 patterns took %v", d)
	}
	size := len(m.filter.table) + len(m.long.bitmap)*8 + len(m.long.slots)*4 + len(m.long.entries)*16 + len(m.data) + len(m.pats)*20
	if size > 3<<20 {
		t.Errorf("%d bytes", size)
	}
}

func TestNothingAllocates(t *testing.T) {
	m := New(append(literals(1000), Pattern{Data: []byte("e")}, Pattern{Data: []byte("GET")}, Pattern{Data: []byte("host")}))
	var h Hits
	h.Grow(m.Len())
	data := []byte(common)
	if n := testing.AllocsPerRun(100, func() { h.Reset(); m.Scan(data, 0, &h) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
