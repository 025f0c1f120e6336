package linktest

import (
	"testing"

	"vxwall/pipeline"
)

func TestMemory(t *testing.T) {
	Suite(t, func(_ *testing.T, frames [][]byte) Link {
		m := New(frames...)
		return Link{Queue: m, Sent: func() [][]byte {
			var sent [][]byte
			for _, f := range m.Sent() {
				sent = append(sent, f.Bytes)
			}
			return sent
		}}
	})
}

// TestMemoryDetails holds what the suite cannot ask of every link: times,
// handles and marks of frames, and bytes that spoil once sent.
func TestMemoryDetails(t *testing.T) {
	first, last := fragments(1, pass, 64)
	m := NewFrames(
		Frame{Bytes: first, Time: 5 * second, Handle: 7},
		Frame{Bytes: last, Time: 5*second + 1, Handle: 8},
		Frame{Bytes: frame(2, reject, 20), Time: 6*second + 1, Handle: 9},
		Frame{Bytes: frame(3, pass, 20)[ipStart:], Time: 6*second + 2, Handle: 10, Link: pipeline.LinkRaw},
	)
	b := new(pipeline.Batch)
	if err := m.Recv(b); err != nil || b.Len() != 2 {
		t.Fatalf("got %d packets and error %v, want the 2 of the first second", b.Len(), err)
	}
	kept := b.Packet(0).Bytes()
	if err := m.Send(b); err != nil || kept[0] != stale || first[0] == stale {
		t.Fatalf("error %v, kept % x, given % x", err, kept[:4], first[:4])
	}
	m.next = 0
	if err := newWorker(m).Run(); err != nil {
		t.Fatal(err)
	}
	want := []Frame{
		{Time: 5*second + 1, Handle: 7},
		{Time: 5*second + 1, Handle: 8},
		{Time: 6*second + 1, Handle: 9, Answer: true, Back: true},
		{Time: 6*second + 2, Handle: 10, Link: pipeline.LinkRaw},
	}
	if len(m.Sent()) != len(want) {
		t.Fatalf("sent %d frames, want %d", len(m.Sent()), len(want))
	}
	for i, got := range m.Sent() {
		w := want[i]
		if got.Time != w.Time || got.Handle != w.Handle || got.Link != w.Link || got.Answer != w.Answer || got.Back != w.Back {
			t.Errorf("frame %d: got %+v, want %+v", i, got, w)
		}
	}
}
