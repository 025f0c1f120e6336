package inflate

import (
	"bytes"
	"encoding/base64"
	"strings"
	"testing"
)

// lzmaSamples are lzmaPlain as xz packs it, with the dictionary, lc, lp, pb of each.
var lzmaSamples = map[string]string{
	"64 KiB, 3, 0, 2": "XQAAAQD//////////wA6GgjOdsfl6dYHNMPRDr/OVeGqveDkj5gB3Y3lB1SeZSVfJzpqfrTTSQOJztR9PP+a3jYcrBFl4sr7KWVTlc6poFcMmaEq6zCCXdGwTe7hZHlhQ+gAHopWXiIbixw/+rbHFDl8QxyMrZmQMqarFzF4u29SSsI7619vPxAkDPpuwF8hmLzJfIyUISIaKFH64bcRt6lbj7cSzj5K3nXUQXbi5onEky87K4Oa1RlwXmmAvZ/9wv8JxcZsSKFfE9wZgfHdV7XUgZvH1bsiLTfAWcAHyLJiuuckjb2TWmS+sQisbmurMjY2sGUgWRGhI/R1Dv0sVWsX1qcgc+2yo8K3Hp9MW8vSQfVP1Sxkgx8fq5zBPNc29Xu82xnOvFwTO/rMjj+DsXg1xUizVPE//9GBW4A=",
	"4 KiB, 0, 2, 0":  "EgAQAAD//////////wA6GtnUdDUPWI0TzF3AECFC75I/+4Mm0SqCpa1RebDPXpnh0Vp5O4c1ac1r1P3vGrbdtvNr5Z2bdplkqSnSJ2w6DMUObAKnErfREo+0sYna7rxPafGiHHJQ4wkvOx++bcWxD2+L1M+0gh/NjoaWEWD6vd/DNSWCy3r8ZuzJ7PA8aKER70Iqzce1BgHKXRq7+935IGN2ZWEQKv1iI8X4B9d373yvvZZ86bTa0w2JnaybS5rAl5HsP3pqkX78UiAhAMHzl092P7qUWVXXGInAP2pud7ZxTqftfcQzZyyqtuvKUYY2xs+ES9ayHGUmErtpY2N2FaNNH1+gyCLXVNB2f5BcKcEa5sB3NlRcl9C7V3bocYRoHq0vmQkwIyhYrRd428ZzduDBhkMzZU2WCsOdvm5CfSVwA2qBcyHjXoFFtF8OlNgwcUD6X17sc3/3nPL8",
}

func lzmaPlain() []byte {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	return []byte(strings.Repeat("the quick brown fox jumps over the lazy dog. ", 60) + strings.Repeat(string(all), 3) + strings.Repeat("abcabcabc", 20))
}

func TestLZMA(t *testing.T) {
	for name, text := range lzmaSamples {
		packed, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		for size := 1; size < 2*len(packed); size += 1 + size/2 {
			var s Stream
			s.ExpectLZMA()
			var out gather
			split(packed, func() int { return size }, func(p []byte) bool { return s.Write(p, &out) })
			s.Finish(&out)
			if !bytes.Equal(out.Bytes(), lzmaPlain()) || s.Failed() {
				t.Errorf("%s in pieces of %d: %d bytes, failed %v", name, size, out.Len(), s.Failed())
			}
		}
	}
}

func TestLZMABounds(t *testing.T) {
	packed, _ := base64.StdEncoding.DecodeString(lzmaSamples["64 KiB, 3, 0, 2"])
	wide := bytes.Clone(packed)
	wide[0] = 8 + 4*9 // lc 8, lp 4: 6 MB of probabilities
	var s Stream
	s.ExpectLZMA()
	var out gather
	s.Write(wide, &out)
	if !s.Failed() || !bytes.Equal(out.Bytes(), wide) {
		t.Error("wide literal coders are taken, or lost")
	}
	s.Reset()
	s.ExpectLZMA()
	out = gather{limit: 100}
	if s.Write(packed, &out) && s.Write(nil, &out) {
		t.Error("a sink that has enough is not heard")
	}
}

// FuzzLZMA holds the decoder to its promise that pieces make no difference, and to its
// window.
func FuzzLZMA(f *testing.F) {
	for _, text := range lzmaSamples {
		packed, _ := base64.StdEncoding.DecodeString(text)
		f.Add(packed, uint8(7))
	}
	f.Fuzz(func(t *testing.T, in []byte, size uint8) {
		run := func(size int) (string, bool) {
			var s Stream
			s.ExpectLZMA()
			out := gather{limit: 1 << 20}
			split(in, func() int { return size }, func(p []byte) bool { return s.Write(p, &out) })
			s.Finish(&out)
			if len(s.lzma.window.buf) > lzmaWindow {
				t.Fatalf("a window of %d bytes", len(s.lzma.window.buf))
			}
			return out.String(), s.Failed()
		}
		whole, failed := run(len(in) + 1)
		pieces, failed2 := run(int(size) + 1)
		if len(whole) < 1<<20 && (whole != pieces || failed != failed2) {
			t.Fatalf("whole %d bytes, in pieces %d", len(whole), len(pieces))
		}
	})
}
