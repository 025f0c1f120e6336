package pcapfile

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"vxwall/pipeline"
)

// seen is what a link says of a packet.
type seen struct {
	bytes    string
	time     int64
	handle   uint64
	original uint32
	link     pipeline.LinkType
}

// inMemory opens a capture that is no file.
func inMemory(capture []byte) (*Queue, error) {
	return newQueue(&source{name: "x.pcap", raw: bytes.NewReader(capture)})
}

// receive reads a queue to its end. The error is nil at a clean end.
func receive(t testing.TB, q *Queue) (packets []seen, batches []int, err error) {
	t.Helper()
	b := new(pipeline.Batch)
	for {
		err := q.Recv(b)
		if err != nil {
			if b.Len() != 0 {
				t.Fatalf("%d packets beside error %v", b.Len(), err)
			}
			if errors.Is(err, pipeline.ErrClosed) {
				err = nil
			}
			return packets, batches, err
		}
		for i := range b.Len() {
			p := b.Packet(i)
			packets = append(packets, seen{string(p.Bytes()), p.Time(), p.Handle(), q.records[i].original, p.Link()})
		}
		batches = append(batches, b.Len())
		if err := q.Send(b); err != nil {
			t.Fatal(err)
		}
	}
}

// forward sends everything on and completes the outputs.
func forward(t testing.TB, opts Options) {
	t.Helper()
	q, err := Open(opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := newForwarder(q).Run(); err != nil {
		t.Fatal(err)
	}
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

// file writes a file in a directory of the test's own.
func file(t testing.TB, name string, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func load(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func compress(t testing.TB, b []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// builder makes captures by hand, in either byte order.
type builder struct {
	order binary.AppendByteOrder
	b     []byte
	nano  bool
}

func (c *builder) u32(values ...uint32) *builder {
	for _, v := range values {
		c.b = c.order.AppendUint32(c.b, v)
	}
	return c
}

func (c *builder) pcap(link uint32) *builder {
	magic := uint32(pcapMicro)
	if c.nano {
		magic = pcapNano
	}
	c.u32(magic)
	c.b = c.order.AppendUint16(c.order.AppendUint16(c.b, 2), 4)
	return c.u32(0, 0, 1<<18, link)
}

// record appends a record of a pcap file.
func (c *builder) record(seconds, fraction, original uint32, frame string) *builder {
	c.u32(seconds, fraction, uint32(len(frame)), original)
	c.b = append(c.b, frame...)
	return c
}

// block appends a block of a pcapng file; body is padded.
func (c *builder) block(blockType uint32, body []byte) *builder {
	padded := append(bytes.Clone(body), make([]byte, -len(body)&3)...)
	n := uint32(len(padded) + 12)
	c.u32(blockType, n)
	c.b = append(c.b, padded...)
	return c.u32(n)
}

func (c *builder) body(values ...uint32) []byte {
	return (&builder{order: c.order}).u32(values...).b
}

func (c *builder) section() *builder {
	body := c.body(orderMagic)
	body = c.order.AppendUint16(c.order.AppendUint16(body, 1), 0)
	return c.block(blockSection, append(body, bytes.Repeat([]byte{0xff}, 8)...))
}

// options of an interface
func (c *builder) resolution(r byte) []byte {
	return append(c.order.AppendUint16(c.order.AppendUint16(nil, optionResolution), 1), r, 0, 0, 0)
}

func (c *builder) offset(seconds int64) []byte {
	b := c.order.AppendUint16(c.order.AppendUint16(nil, optionOffset), 8)
	return c.order.AppendUint64(b, uint64(seconds))
}

func (c *builder) iface(link uint16, snaplen uint32, options ...[]byte) *builder {
	body := c.order.AppendUint16(c.order.AppendUint16(nil, link), 0)
	body = c.order.AppendUint32(body, snaplen)
	return c.block(blockInterface, append(body, bytes.Join(options, nil)...))
}

func (c *builder) enhanced(iface int, ticks uint64, original uint32, frame string) *builder {
	body := c.body(uint32(iface), uint32(ticks>>32), uint32(ticks), uint32(len(frame)), original)
	return c.block(blockEnhanced, append(body, frame...))
}

func (c *builder) simple(original uint32, frame string) *builder {
	return c.block(blockSimple, append(c.body(original), frame...))
}

func little() *builder { return &builder{order: binary.LittleEndian} }
func big() *builder    { return &builder{order: binary.BigEndian} }
func littleNano() *builder {
	return &builder{order: binary.LittleEndian, nano: true}
}
func bigNano() *builder { return &builder{order: binary.BigEndian, nano: true} }
