package transform

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"strings"
	"testing"

	"vxwall/rules/suricata"
)

// list reads "name arg + name".
func list(text string) (out []suricata.Transform) {
	for _, part := range strings.Split(text, " + ") {
		name, arg, _ := strings.Cut(part, ":")
		out = append(out, suricata.Transform{Name: name, Arg: arg})
	}
	return out
}

func zipped(text string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		return ""
	}
	if w.Close() != nil {
		return ""
	}
	return b.String()
}

func TestApply(t *testing.T) {
	sum, long := md5.Sum([]byte("abc")), sha256.Sum256([]byte("abc"))
	for _, test := range []struct{ transforms, in, want string }{
		{"to_lowercase", "aBÄ", "abÄ"},
		{"to_uppercase", "aB", "AB"},
		{"strip_whitespace", " a\tb\r\n", "ab"},
		{"compress_whitespace", "a \t b", "a b"},
		{"to_md5", "abc", string(sum[:])},
		{"to_sha256", "abc", string(long[:])},
		{"dotprefix", "a.com", ".a.com"},
		{"url_decode", "a%20b+c%4", "a b c%4"},
		{"url_decode", "%zz%41", "%zzA"},
		{"header_lowercase", "Host: A\r\nX-Y: B", "host: A\r\nx-y: B"},
		{"strip_pseudo_headers", ":method: GET\r\nhost: a\r\n:x: y", "host: a\r\n"},
		{"domain", "www.example.co.uk", "example.co.uk"},
		{"tld", "www.example.co.uk", "co.uk"},
		{"xor:01", "`b", "ac"},
		{`xor:"0102"`, "`b", "a`"},
		{"xor:offset 1,extract 1 0", "\x01`b", "\x01ac"},
		{"xor:extract 1 9", "ab", "ab"},
		{"pcrexform:a(.*)c", "xabbc", "bb"},
		{"pcrexform:/A./i", "xabbc", "ab"},
		{"pcrexform:z", "abc", ""},
		{"from_base64", "aGVsbG8=", "hello"},
		{"from_base64:bytes 4, offset 1", "xaGVsbG8=", "hel"},
		{"from_base64", "!", "!"},
		{"gunzip", zipped("hello"), "hello"},
		{"gunzip:max-size 3", zipped("hello"), "hel"},
		{"subslice:1,2", "abcd", "bc"},
		{"subslice:-2", "abcd", "cd"},
		{"subslice:1,-1", "abcd", "bc"},
		{"subslice:-9", "abcd", ""},
		{"subslice:-9,2,truncate", "abcd", "ab"},
		{"subslice:0,9", "abcd", ""},
		{"url_decode + strip_whitespace + to_uppercase", "a+%62", "AB"},
	} {
		l, err := Compile(list(test.transforms))
		if err != nil {
			t.Errorf("%s: %v", test.transforms, err)
			continue
		}
		var s Scratch
		for range 2 { // memory is used again
			if got := l.Apply([]byte(test.in), &s); string(got) != test.want {
				t.Errorf("%s of %q: %q, want %q", test.transforms, test.in, got, test.want)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, text := range []string{"luaxform:x", "xor:", "xor:xy", "pcrexform:(", "from_base64:what 3", "gunzip:max-size -1", "subslice:a", "from_base64:offset -1"} {
		if _, err := Compile(list(text)); err == nil {
			t.Errorf("%s is accepted", text)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	l, err := Compile(list("url_decode + strip_whitespace + to_lowercase + xor:0102 + dotprefix"))
	if err != nil {
		t.Fatal(err)
	}
	var s Scratch
	data := []byte("www.Example%20.com")
	l.Apply(data, &s)
	l.Apply(data, &s)
	if n := testing.AllocsPerRun(100, func() { l.Apply(data, &s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzApply(f *testing.F) {
	f.Add("from_base64 + gunzip:max-size 10 + url_decode", []byte("aGVsbG8="))
	f.Add("subslice:-3,2,truncate + xor:offset 1,extract 1 0 + pcrexform:(a|b)+", []byte("abcdef"))
	f.Fuzz(func(t *testing.T, text string, data []byte) {
		l, err := Compile(list(text))
		if err != nil {
			return
		}
		var s Scratch
		before := bytes.Clone(data)
		if out := l.Apply(data, &s); len(out) > MaxOutput+2*len(data)+len(l.steps) || !bytes.Equal(data, before) {
			t.Fatalf("%d bytes of %d", len(out), len(data))
		}
	})
}
