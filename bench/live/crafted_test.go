package live

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"testing"
	"time"

	"github.com/vishvananda/netlink"

	"vxwall/bench/lab"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// crafted is a TCP connection to the peer's port 8080 whose segments are made here. It
// comes from an address that no kernel has, so that none answers in its place.
type crafted struct {
	w        *wall
	from     lab.Place
	six      bool
	port     uint16
	seq, ack uint32 // of the first byte that is sent, of the next that comes
	got      *lab.Capture
}

const craftedPort = 8080

// craftedAddr is the address that no kernel has.
func craftedAddr(six bool) netip.Addr {
	if six {
		return netip.MustParseAddr("fd00::7")
	}
	return netip.MustParseAddr("10.0.0.7")
}

// serve runs a web server at a workload, which knows where the crafted address is. It
// tells the paths that are asked for.
func (w *wall) serve(t *testing.T, at lab.Place) <-chan string {
	t.Helper()
	var listener net.Listener
	err := w.In(at, func() (err error) {
		link, err := netlink.LinkByName(at.Device())
		if err != nil {
			return err
		}
		for _, six := range families {
			n := &netlink.Neigh{LinkIndex: link.Attrs().Index, State: netlink.NUD_PERMANENT, IP: craftedAddr(six).AsSlice(), HardwareAddr: at.Peer().MAC()}
			if err := netlink.NeighSet(n); err != nil {
				return err
			}
		}
		listener, err = net.Listen("tcp", fmt.Sprint(":", craftedPort))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	paths, served := make(chan string, 64), make(chan error, 1)
	server := &http.Server{Handler: http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		paths <- r.URL.Path
		fmt.Fprintln(out, "hello")
	})}
	go func() { served <- server.Serve(listener) }()
	t.Cleanup(func() { server.Close(); <-served })
	return paths
}

// connect does the handshake.
func (w *wall) connect(t *testing.T, from lab.Place, six bool, port uint16) *crafted {
	t.Helper()
	c := &crafted{w: w, from: from, six: six, port: port, seq: 1000}
	var err error
	c.got, err = w.Capture(from, "", func(f []byte) bool {
		h := tcpOf(f)
		return h != nil && binary.BigEndian.Uint32(h) == craftedPort<<16|uint32(port)
	})
	if err != nil {
		t.Fatal(err)
	}
	c.send(t, c.layers(0, "S", ""))
	c.seq++
	eventually(t, "answer to the SYN", func() bool {
		h := c.answer(wire.SYN | wire.ACK)
		if h != nil {
			c.ack = h.Seq() + 1
		}
		return h != nil
	})
	c.send(t, c.layers(0, "A", ""))
	return c
}

// layers are those of a segment with text for a place of the stream.
func (c *crafted) layers(at int, flags, text string) []pt.Layer {
	from, to := craftedAddr(c.six).String(), c.from.Peer().Addr(c.six).String()
	var ip pt.Layer = pt.IPv4{Src: from, Dst: to, ID: c.port}
	if c.six {
		ip = pt.IPv6{Src: from, Dst: to, FragmentID: uint32(c.port)}
	}
	return []pt.Layer{
		pt.Eth{Src: c.from.MAC().String(), Dst: c.from.Peer().MAC().String()}, ip,
		pt.TCP{Src: c.port, Dst: craftedPort, Seq: c.seq + uint32(at), Ack: c.ack, Flags: flags}, pt.Payload(text),
	}
}

// send sends a segment, in fragments if there are cuts.
func (c *crafted) send(t *testing.T, layers []pt.Layer, cuts ...int) {
	t.Helper()
	frames := [][]byte{pt.Frame(layers...)}
	if len(cuts) > 0 {
		frames = pt.Split(layers, cuts...)
	}
	if err := c.w.SendFrames(c.from, "", frames...); err != nil {
		t.Fatal(err)
	}
}

// answer is the first segment with these flags that came, nil if none did.
func (c *crafted) answer(flags wire.TCPFlags) wire.TCP {
	for _, f := range c.got.Frames() {
		if h := tcpOf(f.Data); !f.Sent && h.Flags()&flags == flags {
			return h
		}
	}
	return nil
}

// text is all payload that came, in the order in which it came.
func (c *crafted) text() []byte {
	var b bytes.Buffer
	for _, f := range c.got.Frames() {
		if h := tcpOf(f.Data); !f.Sent {
			b.Write(h[h.HeaderLen():])
		}
	}
	return b.Bytes()
}

// end resets the connection at the server.
func (c *crafted) end(t *testing.T, sent int) {
	c.send(t, c.layers(sent, "R", ""))
	c.got.Stop()
}

// tcpOf is the TCP segment of an inner frame of a kernel's, nil if it has none.
func tcpOf(f []byte) wire.TCP {
	if len(f) < 14+20+20 {
		return nil
	}
	ip, header := f[14:], 20
	switch end := 0; {
	case f[12] == 8 && f[13] == 0 && ip[0] == 0x45 && ip[9] == 6:
		end = wire.IPv4(ip).TotalLen()
		ip = ip[:min(end, len(ip))]
	case f[12] == 0x86 && f[13] == 0xdd && ip[6] == 6 && len(ip) >= 60:
		header, end = 40, 40+wire.IPv6(ip).PayloadLen()
		ip = ip[:min(end, len(ip))]
	default:
		return nil
	}
	if h := wire.TCP(ip[header:]); len(h) >= 20 && h.HeaderLen() <= len(h) {
		return h
	}
	return nil
}

// writeCapture writes frames as a classic capture of Ethernet with microseconds.
func writeCapture(t *testing.T, path string, frames []lab.Frame) {
	t.Helper()
	b := binary.LittleEndian.AppendUint32(nil, 0xa1b2c3d4)
	for _, v := range []uint32{2 | 4<<16, 0, 0, 1 << 18, 1} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	for _, f := range frames {
		for _, v := range []int64{f.Time.Unix(), int64(f.Time.Nanosecond() / int(time.Microsecond)), int64(len(f.Data)), int64(len(f.Data))} {
			b = binary.LittleEndian.AppendUint32(b, uint32(v))
		}
		b = append(b, f.Data...)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}
