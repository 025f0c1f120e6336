package unpack

import (
	"archive/tar"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
)

const secret = "the member that is looked for, which no container may hide"

// container is a file that holds secret.
type container struct {
	name string
	file []byte
	kind Kind
	out  Outcome
}

func containers(t testing.TB) []container {
	body := []byte(secret)
	packed := deflated(body)
	lying := append(localOnly("a.txt", 8, packed, len(body)), central("a.txt", 0, len(packed), len(packed), 0)...)
	lying = append(lying, zipTail(1, 46+5, 30+5+len(packed))...)
	hidden := append(localOnly("b.txt", 8, packed, len(body)), zipped(t, "a.txt", []byte("nothing"))...)
	return []container{
		{"zip", zipped(t, "a.txt", body), ZIP, Clean},
		{"zip without a directory", localOnly("a.txt", 8, packed, len(body)), ZIP, Clean},
		{"zip with a member that the directory has not", hidden, ZIP, Clean},
		{"zip whose headers contradict each other", lying, ZIP, Broken},
		{"zip after a program", append([]byte("MZ"+strings.Repeat("\x90", 500)), zipped(t, "a.txt", body)...), PE, Clean},
		{"zip after a picture", append([]byte("GIF89a"+strings.Repeat("\x00", 500)), zipped(t, "a.txt", body)...), GIF, Clean},
		{"gzip, second member", append(gzipped([]byte("first")), gzipped(body)...), GZ, Clean},
		{"tar", tarred(t, tar.FormatUSTAR, body), TAR, Clean},
		{"pax", tarred(t, tar.FormatPAX, body), TAR, Clean},
		{"gnu tar", tarred(t, tar.FormatGNU, body), TAR, Clean},
		{"rar 4", rar4("a.txt", body), RAR, Clean},
		{"rar 5", rar5("a.txt", body), RAR, Clean},
		{"rar after a program", append([]byte("MZ"+strings.Repeat("\x90", 500)), rar5("a.txt", body)...), PE, Clean},
		{"iso", isoImage("A.TXT;1", body), ISO, Clean},
		{"mail", mailOf("multipart/mixed", "base64", base64.StdEncoding.EncodeToString(body)), Mail, Clean},
		{"mail, quoted", mailOf("multipart/mixed", "quoted-printable", strings.ReplaceAll(secret, "h", "=68=\r\n")), Mail, Clean},
		{"pdf, hex", pdfOf("ASCIIHexDecode", hex.EncodeToString(body)+">"), PDF, Clean},
		{"pdf, flate", pdfOf("Fl#61teDecode", "\x78\x9c"+string(packed)), PDF, Clean},
		{"pdf, two filters", pdfOf("ASCIIHexDecode/FlateDecode", hex.EncodeToString(append([]byte("\x78\x9c"), packed...))), PDF, Clean},
		{"html", []byte("<html><a href='data:x/y;base64," + base64.StdEncoding.EncodeToString(body) + "'>"), HTML, Clean},
	}
}

func tarred(t testing.TB, format tar.Format, body []byte) []byte {
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	h := tar.Header{Name: "a.txt", Size: int64(len(body)), Mode: 0o644, Format: format}
	if err := w.WriteHeader(&h); err != nil {
		t.Fatal(err)
	}
	w.Write(body)
	w.Close()
	return out.Bytes()
}

// mailOf has the body two multiparts deep.
func mailOf(kind, encoding, body string) []byte {
	return []byte("Received: from x\r\nSubject: y\r\nContent-Type: " + kind + ";\r\n\tboundary=\"o\"\r\n\r\npreamble\r\n--o\r\n" +
		"Content-Type: " + kind + "; boundary=i\r\n\r\n--i\r\nContent-Type: text/plain; name=a.txt\r\n" +
		"Content-Transfer-Encoding: " + encoding + "\r\n\r\n" + body + "\r\n--i--\r\n--o--\r\n")
}

func pdfOf(filters, body string) []byte {
	return fmt.Appendf(nil, "%%PDF-1.7\n1 0 obj\n<< /Length %d /Filter [/%s] >>\nstream\n%s\nendstream\nendobj\n", len(body), filters, body)
}

func TestFormats(t *testing.T) {
	for _, c := range containers(t) {
		t.Run(c.name, func(t *testing.T) {
			if k := Sniff(c.file); k != c.kind {
				t.Errorf("sniffed as %s, want %s", k, c.kind)
			}
			var s seen
			res := Walk(c.file, Limits{}, &s)
			found := s.has(secret) || s.has(secret+"\r\n")
			if !found || res.Outcome != c.out {
				t.Errorf("found %v, %+v, members %q", found, res, s.bodies)
			}
			if found && s.names[len(s.names)-1] == "" && c.kind != PDF && c.kind != HTML && c.kind != GZ {
				t.Errorf("names %q", s.names)
			}
		})
	}
}

// TestText: each way to write bytes as text, at its edges.
func TestText(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"base64 in pieces", "YQ==YmM=", "abc"},
		{"base64 with what does not belong", "Y\x00W!J\r\n j", "abc"},
		{"quoted", "a=\r\nb=3dc=zz=", "ab=c=zz="},
		{"hex, odd", "61 6>", "a`"},
		{"ascii85", "z87cURD]i,\"Ebo80~>z", "\x00\x00\x00\x00Hello World!"},
	} {
		readers := map[string]func() []byte{
			"base64": func() []byte { return drain(&textDecoder{in: []byte(c.in), step: sextets(&base64Digits)}) },
			"quoted": func() []byte { return drain(quotedReader([]byte(c.in))) },
			"hex":    func() []byte { return drain(hexReader([]byte(c.in))) },
			"ascii8": func() []byte { return drain(ascii85Reader([]byte(c.in))) },
		}
		read := readers[c.name[:min(6, len(c.name))]]
		if read == nil {
			read = readers["hex"]
		}
		if got := string(read()); got != c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestEncrypted(t *testing.T) {
	file := localOnly("a.txt", 0, []byte(secret), len(secret))
	file[6] |= 1
	var s seen
	if res := Walk(file, Limits{}, &s); res.Outcome != Encrypted || s.locked != 1 || s.has(secret) {
		t.Errorf("%+v, %d locked", res, s.locked)
	}
}
