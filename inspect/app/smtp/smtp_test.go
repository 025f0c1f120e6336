package smtp

import (
	"fmt"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// notes take events down.
type notes struct{ strings.Builder }

func (t *notes) String(key string, value []byte) { fmt.Fprintf(&t.Builder, "%s=%q ", key, value) }
func (t *notes) Int(key string, value int64)     { fmt.Fprintf(&t.Builder, "%s=%d ", key, value) }
func (t *notes) Bool(key string, value bool)     { fmt.Fprintf(&t.Builder, "%s=%v ", key, value) }
func (t *notes) Object(key string)               { t.WriteString(key + "{") }
func (t *notes) List(key string)                 { t.WriteString(key + "[") }
func (t *notes) End()                            { t.WriteString("} ") }

// talk is what an end sends.
type talk struct {
	dir  flow.Direction
	text string
}

// converse has both ends say what they do, in pieces, and tells what was found.
func converse(list []talk, size int) (app.Parser, string) {
	p := Protocol{}.Open(new(app.Pool))
	for _, say := range list {
		for at := 0; at < len(say.text); at += size {
			p.Parse(&app.Input{Dir: say.dir, Data: []byte(say.text[at:min(at+size, len(say.text))]), Stream: true})
		}
	}
	return p, tell(p)
}

func tell(p app.Parser) string {
	var s notes
	for _, tx := range p.Transactions() {
		fmt.Fprintf(&s, "%d %v ", tx.ID, tx.Done())
		tx.Describe(&s)
		tx.Content.(app.Letter).DescribeLetter(&s)
		for _, f := range tx.Files(flow.ToResponder) {
			fmt.Fprintf(&s, "%s %s %q ", f.Name, f.State, f.Body.Buffer().Data)
		}
		for e := app.NoEvent + 1; e.String() != ""; e++ {
			if tx.Events.Has(e) {
				s.WriteString(e.String() + " ")
			}
		}
		s.WriteString("\n")
	}
	return s.Builder.String()
}

const (
	c = flow.ToResponder
	s = flow.ToInitiator
)

var begin = []talk{
	{s, "220 mail ESMTP\r\n"}, {c, "EHLO me\r\n"}, {s, "250-mail\r\n250 CHUNKING\r\n"},
	{c, "MAIL FROM:<a@b> SIZE=1\r\nRCPT TO:<c@d>\r\n"}, {s, "250 ok\r\n250 ok\r\n"},
}

func after(more ...talk) []talk { return append(begin[:len(begin):len(begin)], more...) }

const envelope = `helo="me" mail_from="<a@b>" rcpt_to[="<c@d>" } `

var talks = map[string]struct {
	list []talk
	want string
}{
	"data": {after(talk{c, "DATA\r\n"}, talk{s, "354 go\r\n"}, talk{c, "From: x\r\n\r\n..a\r\n.b\r\n.\r\n"}, talk{s, "250 ok\r\n"}, talk{c, "QUIT\r\n"}, talk{s, "221 bye\r\n"}),
		"0 true " + envelope + `status="PARSE_DONE" from="x"  CLOSED ".a\r\nb\r\n" ` + "\n"},
	"chunks": {after(talk{c, "BDAT 9\r\nFrom: x\r\nBDAT 5 LAST\r\n\r\n.\r\n"}, talk{s, "250 ok\r\n250 ok\r\n"}),
		"0 true " + envelope + `status="PARSE_DONE" from="x"  CLOSED ".\r\n" ` + "\n"},
	"rejected": {after(talk{c, "DATA\r\n"}, talk{s, "554 no\r\n"}, talk{c, "RSET\r\n"}, talk{s, "250 ok\r\n"}),
		"0 true " + envelope + "smtp.data_command_rejected \n"},
	"data before the answer": {after(talk{c, "DATA\r\nFrom: x\r\n\r\na\r\n.\r\n"}, talk{s, "354 go\r\n"}, talk{c, "QUIT\r\n"}),
		"0 false " + envelope + `status="PARSE_DONE" from="x"  CLOSED "a\r\n" smtp.invalid_pipelined_sequence ` + "\n"},
	"two mails": {after(talk{c, "BDAT 3 LAST\r\n\r\naMAIL FROM:<e@f>\r\nBDAT 3 LAST\r\n\r\nb"}, talk{s, "250 1\r\n250 2\r\n250 3\r\n"}),
		"0 true " + envelope + `status="PARSE_DONE"  CLOSED "a" ` + "\n" + `1 true helo="me" mail_from="<e@f>" status="PARSE_DONE"  CLOSED "b" ` + "\n"},
}

func TestTalks(t *testing.T) {
	for name, test := range talks {
		t.Run(name, func(t *testing.T) {
			for size := 1; size < 100; size++ {
				if _, got := converse(test.list, size); got != test.want {
					t.Fatalf("in pieces of %d:\n%s\nwant:\n%s", size, got, test.want)
				}
			}
		})
	}
}

// Servers that end a mail at a dot between bare line feeds let others smuggle mails.
func TestBareLineFeedsEndNoMail(t *testing.T) {
	p, _ := converse(after(talk{c, "DATA\r\n"}, talk{s, "354 go\r\n"}, talk{c, "\r\na\n.\nb\n.\r\nc\r\n.\n"}), 3)
	if tx := p.Transactions()[0]; tx.Progress[c] == app.Complete {
		t.Error("the mail ended")
	}
}

func TestStartTLS(t *testing.T) {
	p, _ := converse(begin[:3], 100)
	p.Parse(&app.Input{Dir: c, Data: []byte("STARTTLS\r\n")})
	in := &app.Input{Dir: s, Data: []byte("220 go\r\n\x16\x03")}
	p.Parse(in)
	if !p.Stopped() || p.Switch() != "tls" || in.Unread != 2 {
		t.Errorf("stopped %v, switch %q, unread %d", p.Stopped(), p.Switch(), in.Unread)
	}
	if txs := p.Transactions(); len(txs) != 1 || !txs[0].Done() {
		t.Error("a transaction is open")
	}
}

func TestRejectedTLSGoesOn(t *testing.T) {
	p, _ := converse(append(begin[:3:3], talk{c, "STARTTLS\r\n"}, talk{s, "454 no\r\n"}), 5)
	if tx := p.Transactions()[0]; p.Stopped() || !tx.Events.Has(app.SMTPTLSRejected) {
		t.Error("goes not on")
	}
}

func TestGaps(t *testing.T) {
	p, _ := converse(after(talk{c, "DATA\r\n"}, talk{s, "354 go\r\n"}, talk{c, "\r\nab"}), 50)
	p.Parse(&app.Input{Dir: c, Gap: 10, Data: []byte("cd\r\n.\r\n")})
	tx := p.Transactions()[0]
	f := tx.Files(c)[0]
	if f.State != app.FileTruncated || f.Size() != 16 || tx.Progress[c] != app.Complete {
		t.Errorf("%s, %d bytes", f.State, f.Size())
	}
	p.Parse(&app.Input{Dir: s, Gap: 100})
	if !tx.Done() {
		t.Error("waits for an answer that is missing")
	}
	p.Parse(&app.Input{Dir: c, Data: []byte("MAIL FROM:<x@y>\r\nDATA\r\n\r\nz\r\n.\r\n")})
	if last := p.Transactions()[1]; !last.Done() {
		t.Error("waits for answers, though they are lost")
	}
}

func TestIdentify(t *testing.T) {
	for data, want := range map[string]app.Answer{"EHLO a": app.Yes, "helo": app.More, "HELP\r\n": app.No, "": app.More, "QUIT\r\n": app.No} {
		if got := (Protocol{}).Identify([]byte(data), true); got != want {
			t.Errorf("client %q: %d", data, got)
		}
	}
	for data, want := range map[string]app.Answer{"220 a ESMTP\r\n": app.Yes, "220 x\r\n": app.More, "22": app.More, "220 FTP\r\n": app.No, "SSH-": app.No} {
		if got := (Protocol{}).Identify([]byte(data), false); got != want {
			t.Errorf("server %q: %d", data, got)
		}
	}
}

func TestManyMailsAreBounded(t *testing.T) {
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	for range 10 * maxLive {
		p.Parse(&app.Input{Dir: c, Data: []byte("MAIL FROM:<a@b>\r\nBDAT 1 LAST\r\nx")})
		done := 0
		for _, tx := range p.Transactions() {
			if !tx.Done() {
				break
			}
			done++
		}
		p.Release(done)
		if len(p.live) > maxLive || len(p.queue) > maxQueue {
			t.Fatalf("%d mails, %d commands", len(p.live), len(p.queue))
		}
	}
}

// In which pieces an end's bytes come makes no difference.
func FuzzSplit(f *testing.F) {
	for _, test := range talks {
		var both [2]string
		for _, say := range test.list {
			both[say.dir] += say.text
		}
		f.Add([]byte(both[c]), []byte(both[s]), uint8(3))
	}
	f.Fuzz(func(t *testing.T, client, server []byte, size uint8) {
		Protocol{}.Identify(client, true)
		Protocol{}.Identify(server, false)
		for _, list := range [][]talk{{{c, string(client)}, {s, string(server)}}, {{s, string(server)}, {c, string(client)}}} {
			a, whole := converse(list, max(1, len(client), len(server)))
			b, parts := converse(list, int(size)+1)
			if whole != parts || a.Stopped() != b.Stopped() {
				t.Fatalf("whole:\n%s\nin pieces of %d:\n%s", whole, int(size)+1, parts)
			}
			for _, dir := range []flow.Direction{c, s} {
				a.Parse(&app.Input{Dir: dir, Gap: uint32(size), End: true, Stream: true})
			}
			for _, tx := range a.Transactions() {
				if !tx.Done() && !a.Stopped() {
					t.Fatal("a transaction is open at the end")
				}
			}
			a.Close()
		}
	})
}
