package stream

import (
	"testing"

	"pgregory.net/rapid"
)

// TestArena takes and gives back blocks at random; none may overlap another, and all memory must
// come together again.
func TestArena(t *testing.T) {
	type held struct {
		b     block
		order uint8
		mark  byte
	}
	rapid.Check(t, func(t *rapid.T) {
		a := newArena(6<<20, nil)
		var blocks []held
		draw := func() int { return rapid.IntRange(0, len(blocks)-1).Draw(t, "which") }
		t.Repeat(map[string]func(*rapid.T){
			"get": func(t *rapid.T) {
				order := uint8(rapid.IntRange(0, maxOrder).Draw(t, "order"))
				if b := a.get(order); b != none {
					blocks = append(blocks, held{b, order, byte(len(blocks))})
					fill(a.bytes(b, order), byte(len(blocks)-1))
				} else if a.used+sizeOf(order) <= a.limit && a.free[maxOrder] != none {
					t.Fatal("no block, within the limit")
				}
			},
			"release": func(t *rapid.T) {
				if len(blocks) == 0 {
					return
				}
				i := draw()
				a.release(blocks[i].b, blocks[i].order)
				blocks[i] = blocks[len(blocks)-1]
				blocks = blocks[:len(blocks)-1]
			},
			"shrink": func(t *rapid.T) {
				if len(blocks) == 0 {
					return
				}
				h := &blocks[draw()]
				to := uint8(rapid.IntRange(0, int(h.order)).Draw(t, "to"))
				a.shrink(h.b, h.order, to)
				h.order = to
				fill(a.bytes(h.b, h.order), h.mark)
			},
			"": func(t *rapid.T) {
				used := 0
				for _, h := range blocks {
					used += sizeOf(h.order)
					if m := a.bytes(h.b, h.order); m[0] != h.mark || m[len(m)-1] != h.mark {
						t.Fatal("blocks overlap")
					}
				}
				if used != a.used || used > a.limit {
					t.Fatalf("%d used, counted %d", used, a.used)
				}
			},
		})
		for _, h := range blocks {
			a.release(h.b, h.order)
		}
		if len(a.slabs) > 2 {
			t.Fatalf("%d slabs for 6 MiB", len(a.slabs))
		}
		whole := 0
		for b := a.free[maxOrder]; b != none; b = a.at(b).next {
			whole++
		}
		if whole != len(a.slabs) {
			t.Fatalf("%d of %d slabs are whole again", whole, len(a.slabs))
		}
	})
}

func fill(b []byte, v byte) { b[0], b[len(b)-1] = v, v }
