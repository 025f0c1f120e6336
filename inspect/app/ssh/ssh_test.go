package ssh

import (
	"encoding/binary"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// lists are the algorithms that an end offers.
var lists = []string{"curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes256-ctr", "hmac-sha2-256", "hmac-sha2-512", "none", "zlib", "", ""}

// offer is a key exchange packet as RFC 4253 section 7.1 draws it.
func offer() []byte {
	body := append([]byte{4, keyInit}, make([]byte, cookieLen)...)
	for _, l := range lists {
		body = append(binary.BigEndian.AppendUint32(body, uint32(len(l))), l...)
	}
	body = append(body, 0, 0, 0, 0, 0, 1, 2, 3, 4)
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
}

func open() (app.Parser, *app.Pool) {
	pool := new(app.Pool)
	return Protocol{}.Open(pool), pool
}

func feed(p app.Parser, dir flow.Direction, data []byte, size int) {
	for at := 0; at < len(data); at += size {
		p.Parse(&app.Input{Stream: true, Dir: dir, Data: data[at:min(at+size, len(data))]})
	}
}

func text(tx *app.Tx, id app.BufferID, dir flow.Direction) string {
	b, _ := tx.Buffer(id, dir, 0)
	return string(b.Data)
}

// However the bytes are cut, the same is found.
func TestInAnyPieces(t *testing.T) {
	client := append([]byte("SSH-2.0-OpenSSH_9.6 a comment\r\n"), offer()...)
	server := append([]byte("SSH-1.99-dropbear\n"), offer()...)
	for size := 1; size <= len(client); size++ {
		p, _ := open()
		feed(p, flow.ToResponder, client, size)
		feed(p, flow.ToInitiator, server, size)
		tx := p.Transactions()[0]
		for _, test := range []struct {
			id   app.BufferID
			dir  flow.Direction
			want string
		}{
			{app.SSHProto, flow.ToResponder, "2.0"},
			{app.SSHSoftware, flow.ToResponder, "OpenSSH_9.6"},
			{app.SSHProto, flow.ToInitiator, "1.99"},
			{app.SSHSoftware, flow.ToInitiator, "dropbear"},
			{app.SSHHasshString, flow.ToResponder, "curve25519-sha256;aes128-ctr;hmac-sha2-256;none"},
			{app.SSHHasshServerString, flow.ToInitiator, "curve25519-sha256;aes256-ctr;hmac-sha2-512;zlib"},
			{app.SSHHassh, flow.ToInitiator, ""},
		} {
			if got := text(tx, test.id, test.dir); got != test.want {
				t.Errorf("pieces of %d: %s is %q, want %q", size, app.Buffers[test.id].Name, got, test.want)
			}
		}
		if hash := text(tx, app.SSHHassh, flow.ToResponder); len(hash) != 32 {
			t.Errorf("hash %q", hash)
		}
		if !tx.Done() || !p.Stopped() {
			t.Errorf("pieces of %d: goes on after the key exchange", size)
		}
		p.Release(1)
		p.Close()
	}
}

func TestIdentify(t *testing.T) {
	for data, want := range map[string]app.Answer{
		"SSH-2.0-x\r\n": app.Yes, "SSH": app.More, "": app.More, "GET / HTTP/1.1": app.No, "ssh-2.0": app.No,
	} {
		if got := (Protocol{}).Identify([]byte(data), true); got != want {
			t.Errorf("%q: %d, want %d", data, got, want)
		}
	}
}

func TestOdd(t *testing.T) {
	long := append([]byte("SSH-2.0-"), make([]byte, 4*maxLine)...)
	for name, test := range map[string]struct {
		data []byte
		want app.Event
	}{
		"long line":   {append(long, '\n'), app.SSHLongBanner},
		"no version":  {[]byte("SSH-nothing\r\n"), app.SSHInvalidBanner},
		"long packet": {[]byte("SSH-2.0-x\r\n\xff\xff\xff\xff\x04\x14"), app.SSHInvalidRecord},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{1, 100, len(test.data)} {
				p, _ := open()
				feed(p, flow.ToResponder, test.data, size)
				if !p.Transactions()[0].Events.Has(test.want) {
					t.Errorf("no %s in pieces of %d", test.want, size)
				}
			}
		})
	}
}

func TestGapEndsADirection(t *testing.T) {
	p, _ := open()
	p.Parse(&app.Input{Stream: true, Data: []byte("SSH-2.0-x")})
	p.Parse(&app.Input{Stream: true, Gap: 10, Data: []byte("\r\n")})
	if tx := p.Transactions()[0]; tx.Progress[0] != app.Complete {
		t.Error("goes on after a gap")
	}
}

type discard struct{ open int }

func (d *discard) String(string, []byte) {}
func (d *discard) Int(string, int64)     {}
func (d *discard) Bool(string, bool)     {}
func (d *discard) Object(string)         { d.open++ }
func (d *discard) List(string)           { d.open++ }
func (d *discard) End()                  { d.open-- }

// Whatever the bytes and wherever they are cut, the buffers are the same and bounded.
func FuzzParser(f *testing.F) {
	f.Add(append([]byte("SSH-2.0-OpenSSH_9.6\r\n"), offer()...), 7)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		Protocol{}.Identify(data, true)
		whole, _ := open()
		feed(whole, flow.ToResponder, data, max(1, len(data)))
		parts, _ := open()
		feed(parts, flow.ToResponder, data, max(1, size&0xff))
		a, b := whole.Transactions()[0], parts.Transactions()[0]
		for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
			x := text(a, id, flow.ToResponder)
			if y := text(b, id, flow.ToResponder); x != y || len(x) > maxKeyInit {
				t.Fatalf("%s: %q, in pieces %q", app.Buffers[id].Name, x, y)
			}
		}
		var d discard
		if a.Describe(&d); d.open != 0 {
			t.Fatalf("event left %d open", d.open)
		}
	})
}
