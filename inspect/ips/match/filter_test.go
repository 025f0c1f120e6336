package match

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// What a processor has instructions for notes the same places as the plain loop does.
func TestFindIsPlaces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFilter(rapid.IntRange(1, 1<<19).Draw(t, "bits"))
		seed := rapid.Uint32().Draw(t, "table")
		for i := range f.table {
			seed = seed*1664525 + 1013904223
			f.table[i] = uint8(seed >> 24)
		}
		steps := rapid.IntRange(0, maxSteps).Draw(t, "steps")
		data := make([]byte, max(0, steps-1)*step+8)
		for i := range data {
			seed = seed*1664525 + 1013904223
			data[i] = byte(seed >> 16)
		}
		var got, want [maxPlaces]uint16
		n, m := f.find(data, steps, &got), f.places(data, steps, &want)
		if !slices.Equal(got[:n], want[:m]) {
			t.Fatalf("%v, want %v", got[:n], want[:m])
		}
		for _, place := range want[:m] {
			if w := load(data[place:], 5); f.has(w)&1 == 0 {
				t.Fatalf("place %d has no bit", place)
			}
		}
	})
}

// The same for nibbles.
func TestFindIsBlocks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f nibbles
		for _, b := range rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 4, 4), 0, 40).Draw(t, "patterns") {
			f.add(b)
		}
		count := rapid.IntRange(0, maxBlocks).Draw(t, "blocks")
		data, seed := make([]byte, count*blockSize+3), rapid.Uint32().Draw(t, "text")
		for i := range data {
			seed = seed*1664525 + 1013904223
			data[i] = byte(seed >> 16)
		}
		var got, want [maxBlocks]block
		n, m := f.find(data, count, &got), f.blocks(data, count, &want)
		if !slices.Equal(got[:n], want[:m]) {
			t.Fatalf("%v, want %v", got[:n], want[:m])
		}
	})
}

// Texts longer than what is looked at in one go are looked at as a whole.
func TestLongText(t *testing.T) {
	for _, m := range matchers([]Pattern{{Data: []byte("needle")}, {Data: []byte("pin!"), Nocase: true}, {Data: []byte("needl")}}) {
		for at := 0; at <= 3*maxSteps*step; at += 13 {
			text := make([]byte, 3*maxSteps*step+6)
			copy(text[at:], "PIN!")
			if got := scan(m, text, 0); !slices.Equal(got, []uint32{1}) {
				t.Fatalf("PIN! at %d: %v", at, got)
			}
			copy(text[at:], "needle")
			if got := scan(m, text, 0); !slices.Equal(got, []uint32{0, 2}) {
				t.Fatalf("needle at %d: %v", at, got)
			}
		}
	}
}
