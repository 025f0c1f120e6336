package mime

import (
	"fmt"
	"strings"
	"testing"

	"vxwall/inspect/app"
)

// read reads a message in pieces, and tells its files.
func read(text string, size int) (*Message, string) {
	m := new(Message)
	m.Reset()
	for at := 0; at < len(text); at += size {
		m.Write([]byte(text[at:min(at+size, len(text))]))
	}
	m.End(true)
	return m, tell(m)
}

func tell(m *Message) string {
	var s strings.Builder
	for _, f := range m.Files() {
		fmt.Fprintf(&s, "%s|%s|%s|%q\n", f.Name, f.Type, f.State, f.Body.Buffer().Data)
	}
	return s.String()
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

var messages = map[string]struct{ text, want string }{
	"plain":  {"Subject: a\n\nhello\n", `||CLOSED|"hello\r\n"` + "\n"},
	"base64": {"Content-Transfer-Encoding: BASE64\nContent-Type: a/b; name=\"x y\"\n\naGVs\nbG8=\n", `x y|a/b|CLOSED|"hello"` + "\n"},
	"quoted": {"Content-Transfer-Encoding: quoted-printable\n\na=3D=\nb=E9 =x\n", `||CLOSED|"a=b\xe9 =x\r\n"` + "\n"},
	"parts": {"Content-Type: multipart/mixed;\n boundary=\"b\"\n\nno part\n--b\n\none\n--b\nContent-Disposition: attachment; filename=f\n\ntwo\n\n--b--\nno part\n",
		`||CLOSED|"one"` + "\n" + `f||CLOSED|"two\r\n"` + "\n"},
	"same prefix": {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=bb\n\n--bb\n\none\n--bb--\n--b\n\ntwo\n--b--\n",
		`||CLOSED|"one"` + "\n" + `||CLOSED|"two"` + "\n"},
	"no boundary": {"Content-Type: multipart/mixed\n\n--guess\n\none\n--guess--\n", `||CLOSED|"one"` + "\n"},
	"long boundary": {"Content-Type: multipart/mixed; boundary=" + strings.Repeat("b", 200) + "\n\n--" + strings.Repeat("b", 200) + "\n\none\n--" + strings.Repeat("b", 200) + "--\n",
		`||CLOSED|"one"` + "\n"},
	"outer ends inner": {"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\none\n--a\n\ntwo\n--a--\n",
		`||CLOSED|"one"` + "\n" + `||CLOSED|"two"` + "\n"},
	"rfc2231":     {"Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=\"b.exe\"\n\nx", `a b.exe||CLOSED|"x"` + "\n"},
	"rfc2047":     {"Content-Disposition: attachment; filename=\"=?utf-8?B?YS5l?= =?utf-8?Q?xe_?=\"\n\nx", `a.exe ||CLOSED|"x"` + "\n"},
	"folded":      {"Content-Disposition: attachment;\n\tfilename=a\nSubject: b\n c\n\nx", `a||CLOSED|"x"` + "\n"},
	"nested mail": {"Content-Type: message/rfc822\n\nContent-Disposition: attachment; filename=in\n\nx", `in||CLOSED|"x"` + "\n"},
	"uuencode":    {"\nhi\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye", `||CLOSED|"hi\r\nbye"` + "\n" + `cat.txt||CLOSED|"Cat"` + "\n"},
}

func TestMessages(t *testing.T) {
	for name, test := range messages {
		t.Run(name, func(t *testing.T) {
			text := crlf(test.text)
			for size := 1; size <= len(text); size++ {
				if _, got := read(text, size); got != test.want {
					t.Fatalf("in pieces of %d:\n%s\nwant:\n%s", size, got, test.want)
				}
			}
		})
	}
}

func TestHead(t *testing.T) {
	m, _ := read(crlf("From: a <a@b>\nTo: \"x, y\" <c@d>,\n e@f\nSubject: s\nSubject: t\n\n"), 5)
	if got := fmt.Sprintf("%s|%q|%s", m.Head.From, m.Head.To, m.Head.Subject); got != `a <a@b>|["\"x, y\" <c@d>" "e@f"]|s` {
		t.Error(got)
	}
}

func TestOdd(t *testing.T) {
	for text, want := range map[string]app.Event{
		"A: " + strings.Repeat("x", 2*maxHeader) + "\n\n":                                          app.SMTPMIMELongHeaderValue,
		strings.Repeat("x", 300) + ": a\n\n":                                                       app.SMTPMIMELongHeaderName,
		"Content-Type: a/b; name=" + strings.Repeat("x", 300) + "\n\n":                             app.SMTPMIMELongFilename,
		"Content-Type: multipart/mixed; boundary=" + strings.Repeat("x", 300) + "\n\n":             app.SMTPMIMELongBoundary,
		"Content-Transfer-Encoding: base64\n\n$$$$\n":                                              app.SMTPMIMEInvalidBase64,
		"Content-Transfer-Encoding: quoted-printable\n\n=$$\n":                                     app.SMTPMIMEInvalidQP,
		"\n" + strings.Repeat("x", maxLine+1):                                                      app.SMTPMIMELongLine,
		"Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\nx\n", maxFiles+1): app.SMTPMIMEMalformedMsg,
	} {
		if m, _ := read(crlf(text), 100); !m.Events.Has(want) {
			t.Errorf("no %s", want)
		}
	}
}

func TestHole(t *testing.T) {
	m := new(Message)
	m.Reset()
	m.Write([]byte("\r\nabc"))
	m.Hole(1000)
	m.Write([]byte("def"))
	m.End(true)
	f := m.Files()[0]
	if !m.Broken || !f.Gaps || f.State != app.FileTruncated || f.Size() != 1006 {
		t.Errorf("%v %v %v %d", m.Broken, f.Gaps, f.State, f.Size())
	}
}

// In which pieces a message comes makes no difference, and what it holds is bounded.
func FuzzMessage(f *testing.F) {
	for _, test := range messages {
		f.Add(crlf(test.text), uint8(3))
	}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		whole, a := read(text, max(1, len(text)))
		parts, b := read(text, int(size)+1)
		if a != b || whole.Events != parts.Events {
			t.Fatalf("whole:\n%s\nin pieces of %d:\n%s", a, int(size)+1, b)
		}
		total := uint64(0)
		for _, file := range whole.Files() {
			total += file.Size()
			if file.State == app.FileOpen || len(file.Name) > maxName {
				t.Fatalf("file %q is %s", file.Name, file.State)
			}
		}
		if len(whole.Files()) > maxFiles || total > uint64(len(text)) {
			t.Fatalf("%d files of %d bytes, of %d", len(whole.Files()), total, len(text))
		}
		whole.Reset()
		if len(whole.Files()) != 0 {
			t.Fatal("files after Reset")
		}
	})
}
