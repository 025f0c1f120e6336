package stream

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

func testConfig() Config {
	return Config{Memory: 1 << 20, Datagrams: 4, Pieces: 8, Timeout: 30}
}

// piece returns bytes [from, to) of a datagram behind a header of 5 bytes.
func piece(datagram []byte, id, from, to int, more bool) *Fragment {
	frame := append([]byte("HEAD "), datagram[from:to]...)
	return &Fragment{Key: Key{ID: uint32(id)}, Frame: frame, Data: 5, Length: to - from, Offset: from, More: more, Handle: uint64(from)}
}

func numbered(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i * 7)
	}
	return b
}

func TestOutcomes(t *testing.T) {
	data := numbered(64)
	other := append([]byte{}, data...)
	other[9]++
	tests := map[string]struct {
		fragments []*Fragment
		want      []Outcome
	}{
		"in order":     {[]*Fragment{piece(data, 1, 0, 32, true), piece(data, 1, 32, 64, false)}, []Outcome{Held, Complete}},
		"last first":   {[]*Fragment{piece(data, 1, 32, 64, false), piece(data, 1, 0, 32, true)}, []Outcome{Held, Complete}},
		"hole":         {[]*Fragment{piece(data, 1, 0, 16, true), piece(data, 1, 32, 64, false), piece(data, 1, 16, 32, true)}, []Outcome{Held, Held, Complete}},
		"same again":   {[]*Fragment{piece(data, 1, 0, 32, true), piece(data, 1, 0, 32, true), piece(data, 1, 32, 64, false)}, []Outcome{Held, Duplicate, Complete}},
		"other bytes":  {[]*Fragment{piece(data, 1, 0, 32, true), piece(other, 1, 0, 32, true), piece(data, 1, 32, 64, false)}, []Outcome{Held, Overlap, Overlap}},
		"overlap":      {[]*Fragment{piece(data, 1, 0, 32, true), piece(data, 1, 24, 64, false)}, []Outcome{Held, Overlap}},
		"inside":       {[]*Fragment{piece(data, 1, 0, 32, true), piece(data, 1, 8, 16, true)}, []Outcome{Held, Overlap}},
		"two ends":     {[]*Fragment{piece(data, 1, 32, 48, false), piece(data, 1, 48, 64, false)}, []Outcome{Held, Overlap}},
		"behind end":   {[]*Fragment{piece(data, 1, 32, 48, false), piece(data, 1, 48, 56, true)}, []Outcome{Held, Overlap}},
		"end too soon": {[]*Fragment{piece(data, 1, 32, 64, true), piece(data, 1, 0, 16, false)}, []Outcome{Held, Overlap}},
		"odd length":   {[]*Fragment{piece(data, 1, 0, 31, true)}, []Outcome{Refused}},
		"empty":        {[]*Fragment{piece(data, 1, 8, 8, false)}, []Outcome{Refused}},
		"two datagrams": {[]*Fragment{piece(data, 1, 0, 32, true), piece(data, 2, 32, 64, false), piece(data, 2, 0, 32, true),
			piece(data, 1, 32, 64, false)}, []Outcome{Held, Held, Complete, Complete}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			d := NewDefrag(testConfig())
			for i, f := range test.fragments {
				outcome, g := d.Add(f)
				if outcome != test.want[i] {
					t.Fatalf("fragment %d: outcome %d, want %d", i, outcome, test.want[i])
				}
				settle(t, d, outcome, g, data)
			}
		})
	}
}

func settle(t *testing.T, d *Defrag, outcome Outcome, g *Datagram, data []byte) {
	t.Helper()
	switch outcome {
	case Complete:
		if got := g.Assemble([]byte("x")); !bytes.Equal(got[1:], data) {
			t.Errorf("assembled %x, want %x", got[1:], data)
		}
		d.Take(g)
	case Overlap:
		d.Take(g)
	}
	d.Reclaim()
}

func TestTooLong(t *testing.T) {
	d := NewDefrag(testConfig())
	f := &Fragment{Frame: make([]byte, 1000), Length: 1000, Offset: 65528, More: false}
	if outcome, _ := d.Add(f); outcome != Refused {
		t.Errorf("outcome %d for a datagram over 65535 bytes", outcome)
	}
}

func TestTooManyPiecesSpoilTheDatagram(t *testing.T) {
	d := NewDefrag(testConfig())
	data := numbered(128)
	for i := range 8 {
		if outcome, _ := d.Add(piece(data, 1, 8*i, 8*i+8, true)); outcome != Held {
			t.Fatalf("piece %d: %d", i, outcome)
		}
	}
	outcome, g := d.Add(piece(data, 1, 64, 72, true))
	if outcome != Limit || g == nil || len(g.Pieces) != 8 {
		t.Fatalf("outcome %d, datagram %v", outcome, g)
	}
	d.Take(g)
	if outcome, _ := d.Add(piece(data, 1, 72, 80, true)); outcome != Limit || d.HeldFrames() != 0 {
		t.Errorf("outcome %d, %d frames held", outcome, d.HeldFrames())
	}
}

func TestNoRoomIsMadeByForgettingTheOldest(t *testing.T) {
	d := NewDefrag(testConfig())
	data := numbered(64)
	for id := range 4 {
		d.Add(piece(data, id, 0, 32, true))
	}
	f := piece(data, 9, 0, 32, true)
	if outcome, g := d.Add(f); outcome != Limit || g != nil {
		t.Fatalf("outcome %d, %v", outcome, g)
	}
	oldest := d.Oldest()
	if oldest.Pieces[0].Handle != 0 || oldest.key.ID != 0 {
		t.Fatalf("oldest is %d", oldest.key.ID)
	}
	d.Take(oldest)
	if outcome, _ := d.Add(f); outcome != Held || d.HeldFrames() != 4 {
		t.Errorf("outcome %d, %d held", outcome, d.HeldFrames())
	}
}

func TestMemoryIsBoundedAndReused(t *testing.T) {
	d := NewDefrag(Config{Memory: 3 * 2048, Datagrams: 10, Pieces: 8, Timeout: 30})
	data := numbered(64)
	for id := range 3 {
		if outcome, _ := d.Add(piece(data, id, 0, 32, true)); outcome != Held {
			t.Fatalf("outcome %d", outcome)
		}
	}
	if outcome, _ := d.Add(piece(data, 7, 0, 32, true)); outcome != Limit {
		t.Fatalf("outcome %d beyond the limit", outcome)
	}
	d.Take(d.Oldest())
	if outcome, _ := d.Add(piece(data, 7, 0, 32, true)); outcome != Limit {
		t.Fatal("a lent frame was overwritten")
	}
	d.Reclaim()
	if outcome, _ := d.Add(piece(data, 7, 0, 32, true)); outcome != Held {
		t.Fatal("reclaimed memory is not used")
	}
	d.Take(d.Oldest())
	d.Take(d.Oldest())
	d.Take(d.Oldest())
	d.Reclaim()
	large := numbered(4000)
	if outcome, _ := d.Add(piece(large, 8, 0, 4000, true)); outcome != Limit {
		t.Errorf("outcome %d for a frame larger than all memory", outcome)
	}
}

// Frames that nobody needs make room at once, not only after Reclaim.
func TestRelease(t *testing.T) {
	d := NewDefrag(Config{Memory: 2048, Datagrams: 10, Pieces: 8, Timeout: 30})
	data := numbered(64)
	d.Add(piece(data, 1, 0, 32, true))
	if outcome, _ := d.Add(piece(data, 2, 0, 32, true)); outcome != Limit {
		t.Fatalf("outcome %d beyond the limit", outcome)
	}
	d.Release(d.Oldest())
	if outcome, _ := d.Add(piece(data, 2, 0, 32, true)); outcome != Held || d.HeldFrames() != 1 {
		t.Errorf("outcome %d, %d frames held", outcome, d.HeldFrames())
	}
}

// A frame that no room could be made for spoils its own datagram: nobody
// abandons others for it in vain.
func TestFramesThatNeverFit(t *testing.T) {
	for name, test := range map[string]struct{ memory, frame int }{
		"larger than memory":         {4096, 3000},
		"larger than any frame":      {1 << 20, 70000},
		"memory for no frame at all": {1000, 100},
	} {
		d := NewDefrag(Config{Memory: test.memory, Datagrams: 10, Pieces: 8, Timeout: 30})
		f := &Fragment{Frame: make([]byte, test.frame), Length: 8, More: true}
		if outcome, g := d.Add(f); outcome != Limit || g == nil || d.HeldFrames() != 0 {
			t.Errorf("%s: outcome %d, datagram %v", name, outcome, g)
		}
	}
}

func TestDue(t *testing.T) {
	d := NewDefrag(testConfig())
	f := piece(numbered(64), 1, 0, 32, true)
	f.Time = 100
	d.Add(f)
	if d.Due(129) != nil {
		t.Error("due too early")
	}
	g := d.Due(130)
	if g == nil {
		t.Fatal("not due")
	}
	d.Take(g)
	d.Forget(g)
	if d.Due(1000) != nil || d.HeldFrames() != 0 {
		t.Error("still there")
	}
}

func TestAnyOrderGivesTheDatagram(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		data := numbered(8*rapid.IntRange(1, 8).Draw(t, "units") + rapid.IntRange(0, 7).Draw(t, "rest"))
		var cuts []*Fragment
		for from := 0; from < len(data); {
			to := min(len(data), from+8*rapid.IntRange(1, 4).Draw(t, "length"))
			cuts = append(cuts, piece(data, 1, from, to, to < len(data)))
			from = to
		}
		cuts = rapid.Permutation(cuts).Draw(t, "order")
		cfg := testConfig()
		cfg.Pieces = 100
		d := NewDefrag(cfg)
		for i, f := range cuts {
			outcome, g := d.Add(f)
			if (outcome == Complete) != (i == len(cuts)-1) {
				t.Fatalf("outcome %d at piece %d of %d", outcome, i, len(cuts))
			}
			if outcome == Complete && !bytes.Equal(g.Assemble(nil), data) {
				t.Fatal("assembled wrongly")
			}
		}
	})
}

func TestSteadyStateAllocatesNothing(t *testing.T) {
	d := NewDefrag(testConfig())
	data := numbered(64)
	a, b := piece(data, 1, 0, 32, true), piece(data, 1, 32, 64, false)
	scratch := make([]byte, 0, 100)
	allocs := testing.AllocsPerRun(100, func() {
		d.Add(a)
		_, g := d.Add(b)
		g.Assemble(scratch)
		d.Take(g)
		d.Reclaim()
	})
	if allocs != 0 {
		t.Errorf("%v allocations per datagram", allocs)
	}
}
