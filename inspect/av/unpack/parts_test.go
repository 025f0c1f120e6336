package unpack

import (
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf16"
)

// TestVBA is an example of [MS-OVBA] 3.2.
func TestVBA(t *testing.T) {
	in := "\x2f\xb0\x00\x23\x61\x61\x61\x62\x63\x64\x65\x82\x66\x00\x70\x61\x67\x68\x69\x6a\x01\x38\x08\x61\x6b\x6c\x00\x30\x6d\x6e\x6f\x70\x06\x71\x02\x70\x04\x10\x72\x73\x74\x75\x76\x10\x77\x78\x79\x7a\x00\x3c"
	want := "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa"
	w := walker{lim: Default}
	if got := string(drain(w.windowed(&vba{in: []byte(in)}, 4096))); got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestLZW is the example of ISO 32000, 7.4.4.2.
func TestLZW(t *testing.T) {
	in := []byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}
	if got := string(drain(&lzw{in: bitsHigh{in: in}})); got != "-----A---B" {
		t.Errorf("%q", got)
	}
}

func TestRunLength(t *testing.T) {
	w := walker{lim: Default}
	if got := string(drain(w.windowed(&runLength{in: []byte("\x02abc\xfed\x80zzz")}, 128))); got != "abcddd" {
		t.Errorf("%q", got)
	}
}

// bitString packs digits, the first at the top.
func bitString(s string) (out []byte) {
	s = strings.ReplaceAll(s, " ", "")
	for len(s)%8 != 0 {
		s += "0"
	}
	for ; len(s) > 0; s = s[8:] {
		c := byte(0)
		for i := range 8 {
			c = c<<1 | (s[i] - '0')
		}
		out = append(out, c)
	}
	return out
}

// TestARJFastest: two bytes, then a copy of eight from two back, then another byte.
func TestARJFastest(t *testing.T) {
	in := bitString("0 01100001  0 01100010  110 11  0 000000001  0 01100011")
	w := walker{lim: Default}
	if got := string(drain(w.windowed(&arj{bitsHigh: bitsHigh{in: in}, left: 11, fastest: true}, 1<<16))); got != "abababababc" {
		t.Errorf("%q", got)
	}
}

// sevenZip holds two members in one folder of a coder.
func sevenZip(coder string, names [2]string, bodies [2]string) []byte {
	body := bodies[0] + bodies[1]
	header := []byte{szHeader, szMainStreams, szPackInfo, 0, 1, szSize, byte(len(body)), szEnd}
	header = append(header, szUnpackInfo, szFolders, 1, 0, 1)
	header = append(header, coder...)
	header = append(header, szUnpackSizes, byte(len(body)), szEnd)
	header = append(header, szSubStreams, szNumUnpack, 2, szSize, byte(len(bodies[0])), szEnd, szEnd)
	list := []byte{0}
	for _, name := range names {
		for _, u := range utf16.Encode([]rune(name + "\x00")) {
			list = binary.LittleEndian.AppendUint16(list, u)
		}
	}
	header = append(append(header, szFiles, 2, szNames, byte(len(list))), list...)
	header = append(header, szEnd, szEnd)
	out := sevenZipOf(header)
	binary.LittleEndian.PutUint64(out[12:], uint64(len(body)))
	return append(append(out[:szHead:szHead], body...), header...)
}

func TestSevenZip(t *testing.T) {
	names, bodies := [2]string{"ä.txt", "b"}, [2]string{"first", "second"}
	var s seen
	res := Walk(sevenZip("\x01\x00", names, bodies), Limits{}, &s)
	if res.Outcome != Clean || len(s.names) != 2 || s.names[0] != names[0] || s.names[1] != names[1] || !s.has("first") || !s.has("second") {
		t.Errorf("%+v, %q", res, s.names)
	}
	s = seen{}
	if res := Walk(sevenZip("\x04\x06\xf1\x07\x01", names, bodies), Limits{}, &s); res.Outcome != Encrypted || s.locked != 2 {
		t.Errorf("%+v, %q", res, s.names)
	}
	s = seen{}
	if res := Walk(sevenZip("\x03\x03\x04\x01", names, bodies), Limits{}, &s); res.Outcome != Broken || res.Cause != errMethod {
		t.Errorf("PPMd: %+v, %q", res, s.names)
	}
}

// TestBCJ2: a program in which nothing was taken out is what its first stream says.
func TestBCJ2(t *testing.T) {
	for _, c := range []struct{ coded, call, want string }{
		{strings.Repeat("\x00", 16), "", "a\xe8bcd"},
		{"\x00\xff\xff\xff\xfe" + strings.Repeat("\x00", 16), "\x00\x00\x01\x06", "a\xe8\x00\x01\x00\x00bcd"},
	} {
		d := &bcj2{main: strings.NewReader("a\xe8bcd"), call: strings.NewReader(c.call), jump: strings.NewReader(""), coded: strings.NewReader(c.coded)}
		if got := string(drain(d)); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
