package http

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"
)

const suite = "../../../../shared/conformance/suite/tests"

// piece is what a direction sent, in order.
type piece struct {
	dir  flow.Direction
	data []byte
	end  bool
}

// conversation reads the first TCP connection of a capture: segments in order, without
// copies, as the captures of the suite have them.
func conversation(t testing.TB, file string) (list []piece) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Skip("the conformance suite is not here: ", err)
	}
	defer f.Close()
	r, err := pcapgo.NewReader(f)
	if err != nil {
		t.Skip(file, ": ", err)
	}
	var client layers.TCPPort
	var next [2]uint32
	var known [2]bool
	for {
		data, _, err := r.ReadPacketData()
		if err != nil {
			return list
		}
		p := gopacket.NewPacket(data, r.LinkType(), gopacket.Default)
		tcp, ok := p.TransportLayer().(*layers.TCP)
		if !ok {
			continue
		}
		if client == 0 {
			client = tcp.SrcPort
		}
		dir := flow.ToInitiator
		if tcp.SrcPort == client {
			dir = flow.ToResponder
		} else if tcp.DstPort != client {
			continue
		}
		if tcp.SYN {
			next[dir], known[dir] = tcp.Seq+1, true
			continue
		}
		payload := tcp.Payload
		if back := int32(next[dir] - tcp.Seq); known[dir] && back > 0 {
			payload = payload[min(int(back), len(payload)):]
		}
		next[dir], known[dir] = max(tcp.Seq+uint32(len(tcp.Payload)), next[dir]), true
		if len(payload) > 0 || tcp.FIN || tcp.RST {
			list = append(list, piece{dir, bytes.Clone(payload), tcp.FIN || tcp.RST})
		}
	}
}

// told is all that a parser says of a conversation, and what of its bodies was new each time.
type told struct {
	files  map[string]*bytes.Buffer
	events app.EventSet
	text   strings.Builder
	most   int // transactions at a time
}

// watch runs a conversation through a parser, as the tracker does. Size cuts the pieces, 0 leaves them whole.
func watch(list []piece, size int) *told {
	w := &told{files: map[string]*bytes.Buffer{}}
	p := Protocol{}.Open(new(app.Pool)).(*parser)
	for _, c := range list {
		data := c.data
		for len(data) > 0 || c.end {
			n := len(data)
			if size > 0 {
				n = min(n, size)
			}
			in := &app.Input{Dir: c.dir, Data: bytes.Clone(data[:n]), End: c.end && n == len(data), Stream: true}
			p.Parse(in)
			w.look(p)
			if data = data[n:]; in.End {
				break
			}
		}
	}
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		p.Parse(&app.Input{Dir: dir, End: true, Stream: true})
		w.look(p)
	}
	p.Close()
	return w
}

// look does what stages and tracker do after a packet.
func (w *told) look(p *parser) {
	e := p.Events()
	w.events.Merge(&e)
	over, open := 0, false
	w.most = max(w.most, len(p.Transactions()))
	for _, tx := range p.Transactions() {
		for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
			if tx.Changed[dir] {
				w.bodies(tx, dir)
			}
		}
		looked(tx)
		if open = open || !tx.Done(); !open {
			over++
			w.tell(tx)
		}
	}
	p.Release(over)
}

// check holds what the parser shows to what the contract says.
func (w *told) check(t testing.TB, p *parser) {
	t.Helper()
	if len(p.Transactions()) > maxLive {
		t.Fatalf("%d transactions", len(p.Transactions()))
	}
	for _, tx := range p.Transactions() {
		for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
			for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
				b, ok := tx.Buffer(id, dir, 0)
				if b.Fresh > len(b.Data) || !ok && b.Data != nil {
					t.Fatalf("%s: %v, fresh from %d of %d", app.Buffers[id].Name, ok, b.Fresh, len(b.Data))
				}
			}
		}
	}
}

// bodies collects what is new of each body.
func (w *told) bodies(tx *app.Tx, dir flow.Direction) {
	for n := range tx.Files(dir) {
		b, _ := tx.Buffer(app.FileData, dir, n)
		w.add(fmt.Sprint(tx.ID, " file ", dir, n), b)
	}
	for _, id := range []app.BufferID{app.HTTPRequestBody, app.HTTPResponseBody} {
		if b, ok := tx.Buffer(id, dir, 0); ok {
			w.add(fmt.Sprint(tx.ID, " ", app.Buffers[id].Name), b)
		}
	}
}

func (w *told) add(key string, b app.Buffer) {
	if w.files[key] == nil {
		w.files[key] = new(bytes.Buffer)
	}
	w.files[key].Write(b.Data[b.Fresh:])
}

func (w *told) tell(tx *app.Tx) {
	w.events.Merge(&tx.Events)
	fmt.Fprintf(&w.text, "%d %v\n", tx.ID, tx.Events)
	for id := app.NoBuffer + 1; int(id) < app.BufferCount; id++ {
		for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
			for n := 0; n < 100; n++ {
				b, ok := tx.Buffer(id, dir, n)
				if !ok {
					break
				}
				if !app.Buffers[id].Streaming {
					fmt.Fprintf(&w.text, "%s %d %d %q\n", app.Buffers[id].Name, dir, n, b.Data)
				}
			}
		}
	}
	for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
		for _, f := range tx.Files(dir) {
			fmt.Fprintf(&w.text, "file %d %q %v %v %d\n", f.ID, f.Name, f.State, f.Gaps, f.Size())
		}
	}
	tx.Describe(&note{&w.text})
}

// note writes down what Describe says.
type note struct{ b *strings.Builder }

func (n *note) String(key string, v []byte) { fmt.Fprintf(n.b, "%s=%q\n", key, v) }
func (n *note) Int(key string, v int64)     { fmt.Fprintf(n.b, "%s=%d\n", key, v) }
func (n *note) Bool(key string, v bool)     { fmt.Fprintf(n.b, "%s=%v\n", key, v) }
func (n *note) Object(key string)           { fmt.Fprintf(n.b, "%s{\n", key) }
func (n *note) List(key string)             { fmt.Fprintf(n.b, "%s[\n", key) }
func (n *note) End()                        { n.b.WriteString("}\n") }

// String is all that was told, to compare.
func (w *told) String() string {
	keys := make([]string, 0, len(w.files))
	for k, b := range w.files {
		keys = append(keys, fmt.Sprintf("%s %q", k, b.Bytes()))
	}
	return w.text.String() + strings.Join(sorted(keys), "\n")
}

func sorted(list []string) []string {
	for i := range list {
		for j := i; j > 0 && list[j] < list[j-1]; j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return list
}

// TestEvader finds the test virus in all that http-evader's server made of it.
func TestEvader(t *testing.T) {
	dirs, _ := filepath.Glob(suite + "/http-evader/http-evader-*")
	if len(dirs) == 0 {
		t.Skip("the conformance suite is not here")
	}
	for _, dir := range dirs {
		name := filepath.Base(dir)
		t.Run(name, func(t *testing.T) {
			list := conversation(t, dir+"/input.pcap")
			whole := watch(list, 0)
			body := whole.files["0 file 1 0"]
			if body == nil || !bytes.Contains(body.Bytes(), []byte("EICAR-STANDARD-ANTIVIRUS-TEST-FILE")) || !bytes.Contains(body.Bytes(), []byte("X5O!P%@AP[4")) {
				t.Errorf("the body is %s\n%s", body, whole)
			}
			want := `"eicar.txt"`
			if name == "http-evader-496" {
				want = `"/mime/eicar.txt/single"`
			}
			if !strings.Contains(whole.String(), "file 1 "+want) {
				t.Errorf("no file %s in %s", want, whole)
			}
			for size := 1; size < 40; size += 1 + size/3 {
				if got := watch(list, size).String(); got != whole.String() {
					t.Fatalf("in pieces of %d:\n%s\nwhole:\n%s", size, got, whole)
				}
			}
		})
	}
}
