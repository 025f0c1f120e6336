package offline

import (
	"bytes"
	"testing"
)

func TestMixIsTheSameForASeed(t *testing.T) {
	var a, b, other bytes.Buffer
	for out, seed := range map[*bytes.Buffer]uint64{&a: 1, &b: 1, &other: 2} {
		if err := (Mix{Packets: 5000, Seed: seed}).Write(out); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) || bytes.Equal(a.Bytes(), other.Bytes()) {
		t.Error("captures of one seed differ, or those of two are the same")
	}
	if average := a.Len() / 5000; average < 500 || average > 1200 {
		t.Errorf("%d bytes a packet on average", average)
	}
}
