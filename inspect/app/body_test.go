package app

import (
	"bytes"
	"testing"
)

func TestBody(t *testing.T) {
	b := Body{Keep: 4}
	var all, fresh []byte
	for i := range 100 {
		piece := bytes.Repeat([]byte{byte('a' + i%26)}, i%7)
		all = append(all, piece...)
		b.Append(piece)
		if i%3 == 0 {
			continue // nobody looks
		}
		v := b.Buffer()
		fresh = append(fresh, v.Data[v.Fresh:]...)
		if at := all[v.Offset:]; !bytes.Equal(at, v.Data) || v.Fresh < min(4, len(fresh)-len(v.Data)+v.Fresh) {
			t.Fatalf("step %d: %q at %d, fresh from %d", i, v.Data, v.Offset, v.Fresh)
		}
		b.Seen()
	}
	b.Finish()
	if v := b.Buffer(); !v.Final || b.Len() != uint64(len(all)) {
		t.Errorf("length %d of %d, final %v", b.Len(), len(all), v.Final)
	}
	if !bytes.Equal(fresh, all[:len(fresh)]) {
		t.Error("what was fresh is not what came")
	}
}

func TestBodySkip(t *testing.T) {
	b := Body{Keep: 8}
	b.Append([]byte("ab"))
	b.Skip(1000)
	b.Append([]byte("cd"))
	if v := b.Buffer(); b.Len() != 1004 || !bytes.HasPrefix(v.Data, []byte("ab\x00")) || !bytes.HasSuffix(v.Data, []byte("\x00cd")) {
		t.Errorf("length %d, %q", b.Len(), v.Data)
	}
	b.Seen()
	b.Skip(10)
	b.Append([]byte("ef"))
	if v := b.Buffer(); b.Len() != 1016 || v.Offset != 1014 || string(v.Data) != "ef" || v.Fresh != 0 {
		t.Errorf("length %d, %q at %d, fresh from %d", b.Len(), v.Data, v.Offset, v.Fresh)
	}
}

func TestBodyShrinks(t *testing.T) {
	b := Body{Keep: 100}
	b.Append(make([]byte, 1<<20))
	b.Seen()
	b.Append([]byte("x"))
	if cap(b.kept) > 4*b.Keep+bodySlack {
		t.Errorf("holds on to %d bytes", cap(b.kept))
	}
}
