package stream

import (
	"bytes"
	"testing"
)

// oracle is what a Defrag should know of one datagram, kept byte by byte.
type oracle struct {
	data  map[int]byte
	end   int // 0 until the last fragment came
	held  int // frames
	first int64
}

// fuzzStep is one fragment out of fuzz input, five bytes each.
type fuzzStep struct {
	id, offset, length int
	more, other        bool
}

func fuzzSteps(input []byte) (steps []fuzzStep) {
	for ; len(input) >= 5 && len(steps) < 100; input = input[5:] {
		steps = append(steps, fuzzStep{
			id: int(input[0] & 3), offset: int(input[1]&31) * 8, length: int(input[2] & 63),
			more: input[3]&1 != 0, other: input[3]&0x80 != 0,
		})
		if input[3]&6 == 6 { // rare: far out, and with a large frame
			steps[len(steps)-1].offset = int(input[4]) * 8 * 32
		}
	}
	return steps
}

// fragment makes a fragment whose bytes depend on their offset alone, unless
// the step wants others.
func (s fuzzStep) fragment(n int) *Fragment {
	frame := make([]byte, 7+s.length)
	for i := range s.length {
		frame[7+i] = byte((s.offset + i) * 31)
		if s.other {
			frame[7+i] ^= 0xff
		}
	}
	return &Fragment{
		Key: Key{ID: uint32(s.id)}, Frame: frame, Data: 7, Length: s.length, Offset: s.offset, More: s.more,
		Time: int64(n), Handle: uint64(n),
	}
}

// FuzzDefrag compares a Defrag with oracles: memory stays within its bound, the
// count of held frames is right, and a datagram is complete only if each of
// its bytes came exactly once.
func FuzzDefrag(f *testing.F) {
	f.Add([]byte{0, 0, 16, 1, 0, 0, 2, 16, 0, 0}, uint8(3))
	f.Add([]byte{0, 2, 16, 0, 0, 1, 0, 8, 1, 0, 0, 0, 16, 1, 0, 1, 1, 9, 0, 0}, uint8(3))
	f.Add([]byte{0, 0, 16, 1, 0, 0, 1, 16, 1, 0, 0, 0, 16, 1, 0}, uint8(1))
	f.Add([]byte{0, 0, 8, 1, 0, 1, 0, 8, 1, 0, 2, 0, 8, 1, 0, 3, 0, 8, 7, 255, 0, 31, 63, 0x86, 0}, uint8(0))
	f.Fuzz(func(t *testing.T, input []byte, room uint8) {
		cfg := Config{Memory: int(room%8) * 2048, Datagrams: 1 + int(room>>3&3), Pieces: 4, Timeout: 20}
		fuzz := defragFuzz{t, NewDefrag(cfg), map[int]*oracle{}}
		for n, step := range fuzzSteps(input) {
			fuzz.step(step, n)
			fuzz.check()
		}
		for g := fuzz.d.Oldest(); g != nil; g = fuzz.d.Oldest() {
			fuzz.abandon(g)
		}
		fuzz.check()
		fuzz.d.Reclaim()
		if fuzz.d.HeldFrames() != 0 || len(fuzz.d.byKey) != 0 || len(fuzz.d.free) != len(fuzz.d.slots) {
			t.Fatal("something is left")
		}
	})
}

type defragFuzz struct {
	t    *testing.T
	d    *Defrag
	want map[int]*oracle // datagrams that hold frames
}

func (z *defragFuzz) step(step fuzzStep, n int) {
	for g := z.d.Due(int64(n)); g != nil; g = z.d.Due(int64(n)) {
		z.abandon(g)
	}
	fragment := step.fragment(n)
	outcome, g := z.d.Add(fragment)
	for outcome == Limit && g == nil && z.d.Oldest() != nil {
		z.abandon(z.d.Oldest())
		outcome, g = z.d.Add(fragment)
	}
	if (outcome == Refused) != (step.length == 0 || step.more && step.length%8 != 0 || step.offset+step.length > 65535) {
		z.t.Fatalf("outcome %d of %+v", outcome, step)
	}
	switch outcome {
	case Held:
		z.hold(step, fragment)
	case Complete:
		z.hold(step, fragment)
		z.complete(step.id, g)
	case Overlap, Limit:
		if g == nil {
			z.t.Fatalf("no room for %+v with nothing held", step)
		}
		z.d.Release(g)
		delete(z.want, step.id)
	}
}

// hold notes a held fragment: none of its bytes may have come before.
func (z *defragFuzz) hold(step fuzzStep, fragment *Fragment) {
	o := z.want[step.id]
	if o == nil {
		o = &oracle{data: map[int]byte{}, first: fragment.Time}
		z.want[step.id] = o
	}
	for i, b := range fragment.Frame[7:] {
		if _, twice := o.data[step.offset+i]; twice {
			z.t.Fatalf("byte %d came twice", step.offset+i)
		}
		o.data[step.offset+i] = b
	}
	if !step.more {
		o.end = step.offset + step.length
	}
	o.held++
}

func (z *defragFuzz) complete(id int, g *Datagram) {
	o := z.want[id]
	if o.end == 0 || len(o.data) != o.end || len(g.Pieces) != o.held {
		z.t.Fatalf("complete with %d bytes of %d in %d pieces", len(o.data), o.end, len(g.Pieces))
	}
	got := g.Assemble([]byte("front"))
	want := []byte("front")
	for i := range o.end {
		want = append(want, o.data[i])
	}
	if !bytes.Equal(got, want) || g.First() == nil || g.First().Offset != 0 {
		z.t.Fatalf("assembled %x, want %x", got, want)
	}
	z.d.Take(g)
	delete(z.want, id)
	z.d.Reclaim()
}

// abandon lets go of a datagram, with its frames' memory.
func (z *defragFuzz) abandon(g *Datagram) {
	id := int(g.key.ID)
	z.d.Release(g)
	z.d.Forget(g)
	delete(z.want, id)
}

// check compares what all oracles say with what the Defrag says of itself.
func (z *defragFuzz) check() {
	held := 0
	for id, o := range z.want {
		held += o.held
		if o.end > 0 && len(o.data) == o.end {
			z.t.Fatalf("datagram %d has all its bytes and was not complete", id)
		}
	}
	if z.d.HeldFrames() != held {
		z.t.Fatalf("%d frames held, want %d", z.d.HeldFrames(), held)
	}
	if z.d.slabs.made > z.d.cfg.Memory {
		z.t.Fatalf("%d bytes in use of %d", z.d.slabs.made, z.d.cfg.Memory)
	}
	if len(z.d.queue)+len(z.d.free) != len(z.d.slots) || len(z.d.queue) != len(z.d.byKey) {
		z.t.Fatal("slots are lost")
	}
}
