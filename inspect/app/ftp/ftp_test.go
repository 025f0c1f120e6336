package ftp

import (
	"fmt"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

func converse(client, server []byte, size int) (app.Parser, string) {
	p := Protocol{}.Open(new(app.Pool))
	for dir, data := range [][]byte{client, server} {
		for at := 0; at < len(data); at += size {
			p.Parse(&app.Input{Dir: flow.Direction(dir), Data: data[at:min(at+size, len(data))], Stream: true})
		}
	}
	told := ""
	for _, tx := range p.Transactions() {
		t := tx.Content.(*transaction)
		told += fmt.Sprintf("%d %v %q %q", tx.ID, tx.Done(), t.command, t.data)
		for n := range t.ends {
			told += fmt.Sprintf(" %s:%q", t.code(n), t.reply(n))
		}
		told += fmt.Sprintln(tx.Events)
	}
	return p, told
}

func TestCommandsAndReplies(t *testing.T) {
	client, server := []byte("USER a\r\nRETR b c\r\nNOOP\r\n"), []byte("220 hi\r\n331-more\r\n and\r\n331 go\r\n150 now\r\n226 done\r\n")
	want := "0 true \"USER\" \"a\" 331:\"more\" :\" and\" 331:\"go\"[0 0 0 0]\n1 true \"RETR\" \"b c\" 150:\"now\" 226:\"done\"[0 0 0 0]\n2 false \"NOOP\" \"\"[0 0 0 0]\n"
	p := Protocol{}.Open(new(app.Pool))
	p.Parse(&app.Input{Dir: flow.ToInitiator, Data: server[:8]})
	if len(p.Transactions()) != 0 {
		t.Error("the greeting is a transaction")
	}
	for size := 1; size < 60; size++ {
		if _, got := converse(client, server[8:], size); got != want {
			t.Fatalf("in pieces of %d:\n%s\nwant:\n%s", size, got, want)
		}
	}
}

func TestAuthTLS(t *testing.T) {
	p, _ := converse([]byte("AUTH TLS\r\n"), nil, 100)
	in := &app.Input{Dir: flow.ToInitiator, Data: []byte("234 go\r\n\x16\x03")}
	p.Parse(in)
	if p.Switch() != "tls" || in.Unread != 2 || !p.Transactions()[0].Done() {
		t.Errorf("switch %q, unread %d", p.Switch(), in.Unread)
	}
}

// In which pieces an end's bytes come makes no difference, and nothing stays open at the end.
func FuzzSplit(f *testing.F) {
	f.Add([]byte("USER a\r\nPASS b\r\n"), []byte("331 go\r\n230-a\r\n230 b\r\n"), uint8(3))
	f.Fuzz(func(t *testing.T, client, server []byte, size uint8) {
		Protocol{}.Identify(client, true)
		Protocol{}.Identify(server, false)
		p, whole := converse(client, server, max(1, len(client), len(server)))
		if _, parts := converse(client, server, int(size)+1); whole != parts {
			t.Fatalf("whole:\n%s\nin pieces of %d:\n%s", whole, int(size)+1, parts)
		}
		p.Parse(&app.Input{Dir: flow.ToInitiator, Gap: uint32(size), End: true, Stream: true})
		for _, tx := range p.Transactions() {
			if !tx.Done() {
				t.Fatal("a transaction is open at the end")
			}
		}
	})
}
