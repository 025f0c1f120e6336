package live

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vxwall/bench/lab"
	"vxwall/pipeline/wire"
)

const exploitRequest = "GET /exploit.cgi HTTP/1.1\r\nHost: right\r\n\r\n"

// part is a segment of a request.
type part struct {
	at   int
	text string
	cuts []int // of its IP packet into fragments
}

// pieces are segments of so many bytes.
func pieces(text string, size int) (list []part) {
	for at := 0; at < len(text); at += size {
		list = append(list, part{at: at, text: text[at:min(at+size, len(text))]})
	}
	return list
}

// backwards are segments of so many bytes, the last first.
func backwards(text string, size int) []part {
	list := pieces(text, size)
	slices.Reverse(list)
	return list
}

// ways are those to send the exploit: each kernel behind reads it. Other bytes in its
// place, if they come first, are what VNI 100 gets.
var ways = map[string]struct {
	parts    []part
	harmless bool // the server of VNI 100 is asked for something else
}{
	"small segments":   {parts: pieces(exploitRequest, 3)},
	"the last first":   {parts: backwards(exploitRequest, 5)},
	"fragments":        {parts: []part{{text: exploitRequest, cuts: []int{24, 32, 40}}}},
	"small fragments":  {parts: []part{{text: exploitRequest[:14], cuts: []int{24}}, {at: 14, text: exploitRequest[14:], cuts: []int{24, 40}}}},
	"other bytes last": {parts: []part{{at: 5, text: exploitRequest[5:20]}, {at: 5, text: "welcome.cgi HTT"}, {at: 20, text: exploitRequest[20:]}, {at: 0, text: exploitRequest[:5]}}},
	// The kernel prefers the longer of two segments that it cannot read yet.
	"other bytes first": {harmless: true, parts: []part{{at: 6, text: "welcom"}, {at: 5, text: exploitRequest[5:20]}, {at: 20, text: exploitRequest[20:]}, {at: 0, text: exploitRequest[:5]}}},
}

// TestExploitHoweverItIsCut: the exploit does not get through VNI 100, whose rule asks for
// signatures, in segments and fragments of all kinds, and the sender is reset; the
// same gets through VNI 200.
func TestExploitHoweverItIsCut(t *testing.T) {
	w := start(t, lab.Options{Exact: true}, lab.ExamplePolicy, nil)
	port := uint16(20000)
	for _, from := range []lab.Place{lab.Left100, lab.Left200} {
		asked := w.serve(t, from.Peer())
		for family, six := range families {
			for name, way := range ways {
				port++
				t.Run(fmt.Sprint(from, " ", family, " ", name), func(t *testing.T) {
					c := w.connect(t, from, six, port)
					for _, p := range way.parts {
						c.send(t, c.layers(p.at, "PA", p.text), p.cuts...)
					}
					if from == lab.Left100 && !way.harmless {
						c.wantReset(t, asked)
					} else {
						c.wantPath(t, asked, from == lab.Left100)
					}
					c.end(t, len(exploitRequest))
				})
			}
		}
	}
	w.balanced(t)
}

// wantReset waits for a reset that a kernel would believe. The server must not have been asked.
func (c *crafted) wantReset(t *testing.T, asked <-chan string) {
	t.Helper()
	eventually(t, "reset", func() bool { return c.answer(wire.RST) != nil })
	if seq := c.answer(wire.RST).Seq(); seq != c.ack {
		t.Errorf("reset with number %d, want %d", seq, c.ack)
	}
	select {
	case path := <-asked:
		t.Errorf("the server was asked for %s", path)
	case <-time.After(50 * time.Millisecond):
	}
}

// wantPath waits until the server was asked and the answer is there: for the exploit, or for
// anything else.
func (c *crafted) wantPath(t *testing.T, asked <-chan string, harmless bool) {
	t.Helper()
	select {
	case path := <-asked:
		if (path != "/exploit.cgi") != harmless {
			t.Errorf("the server was asked for %s", path)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("the server was not asked")
	}
	eventually(t, "answer", func() bool { return bytes.HasPrefix(c.text(), []byte("HTTP/1.1 200 OK")) })
}

// TestExploitIsExplained: of the same request, `vxwall explain` tells why it passed in one
// network and not in the other, of the flow and of the packet in a capture.
func TestExploitIsExplained(t *testing.T) {
	w := start(t, lab.Options{Exact: true}, lab.ExamplePolicy, nil)
	for from, want := range map[lab.Place][2][]string{
		lab.Left100: {{"red-web", "web-attacks"}, {"REJECTED", "signature-rejected", "signature 1000001"}},
		lab.Left200: {{"blue-web"}, {"FORWARDED", "blue-web"}},
	} {
		t.Run(string(from), func(t *testing.T) {
			asked := w.serve(t, from.Peer())
			wired, err := w.Capture(lab.Left, "", func(f []byte) bool { v := vxlan(f); return v != nil && tcpOf(v[8:]) != nil })
			if err != nil {
				t.Fatal(err)
			}
			c := w.connect(t, from, false, 30000)
			for _, p := range backwards(exploitRequest, 5) {
				c.send(t, c.layers(p.at, "PA", p.text))
			}
			if from == lab.Left100 {
				c.wantReset(t, asked)
			} else {
				c.wantPath(t, asked, false)
			}
			frames, _ := wired.Stop()
			c.end(t, len(exploitRequest))
			w.wantExplained(t, want[0], "--vni", fmt.Sprint(from.VNI()), "--from", "10.0.0.7", "--to", "10.0.0.2", "--service", "tcp/8080")
			capture := filepath.Join(t.TempDir(), "exploit.pcap")
			writeCapture(t, capture, frames)
			w.wantExplained(t, want[1], "--in", capture, "--packet", fmt.Sprint(1+lastData(frames)))
		})
	}
}

// lastData is the place of the last frame that was sent with data.
func lastData(frames []lab.Frame) (last int) {
	for i, f := range frames {
		if h := tcpOf(vxlan(f.Data)[8:]); f.Sent && len(h) > h.HeaderLen() {
			last = i
		}
	}
	return last
}

// wantExplained runs `vxwall explain` and wants texts in what it prints.
func (w *wall) wantExplained(t *testing.T, want []string, args ...string) {
	t.Helper()
	cmd := w.Command(t.Context(), lab.Wall, vxwall, append([]string{"explain", "--rules", w.Rules()}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, text := range want {
		if !strings.Contains(string(out), text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
}

// TestExploitOfAKernelIsReset: a kernel believes the reset, in both families.
func TestExploitOfAKernelIsReset(t *testing.T) {
	w := start(t, lab.Options{Underlay: lab.Mixed}, lab.ExamplePolicy, nil)
	for family, six := range families {
		for path, want := range map[string]error{"/exploit.cgi": syscall.ECONNRESET, "/welcome.cgi": nil} {
			if status, err := w.Ask(t.Context(), lab.Web{From: lab.Left100, Six: six, Path: path, Pieces: 30}); !errors.Is(err, want) {
				t.Errorf("%s %s: %s, %v", family, path, status, err)
			}
		}
		if status, err := w.Ask(t.Context(), lab.Web{From: lab.Left200, Six: six, Path: "/exploit.cgi", Pieces: 30}); err != nil {
			t.Errorf("%s: %s, %v", family, status, err)
		}
	}
}
