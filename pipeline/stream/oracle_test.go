package stream

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/reassembly"
)

// reassembler is what gopacket puts together of one direction.
type reassembler struct {
	assembler *reassembly.Assembler
	data      []byte
	skipped   int
}

func newReassembler() *reassembler {
	o := &reassembler{}
	o.assembler = reassembly.NewAssembler(reassembly.NewStreamPool(o))
	return o
}

func (o *reassembler) New(_, _ gopacket.Flow, _ *layers.TCP, _ reassembly.AssemblerContext) reassembly.Stream {
	return o
}

func (o *reassembler) Accept(*layers.TCP, gopacket.CaptureInfo, reassembly.TCPFlowDirection, reassembly.Sequence, *bool, reassembly.AssemblerContext) bool {
	return true
}

func (o *reassembler) ReassembledSG(sg reassembly.ScatterGather, _ reassembly.AssemblerContext) {
	n, _ := sg.Lengths()
	_, _, _, skip := sg.Info()
	o.skipped += max(0, skip)
	o.data = append(o.data, sg.Fetch(n)...)
}

func (o *reassembler) ReassemblyComplete(reassembly.AssemblerContext) bool { return false }

type captureInfo gopacket.CaptureInfo

func (c captureInfo) GetCaptureInfo() gopacket.CaptureInfo { return gopacket.CaptureInfo(c) }

func (o *reassembler) give(seq uint32, flags uint8, payload []byte) {
	// From a header in bytes, so that ports are there for the key of the flow.
	b := binary.BigEndian.AppendUint16(nil, 40000)
	b = binary.BigEndian.AppendUint16(b, 80)
	b = binary.BigEndian.AppendUint32(b, seq)
	b = append(b, 0, 0, 0, 1, 5<<4, flags, 255, 255, 0, 0, 0, 0)
	b = append(b, payload...)
	var t layers.TCP
	if err := t.DecodeFromBytes(b, gopacket.NilDecodeFeedback); err != nil {
		panic(err)
	}
	net := gopacket.NewFlow(layers.EndpointIPv4, []byte{10, 0, 0, 1}, []byte{10, 0, 0, 2})
	o.assembler.AssembleWithContext(net, &t, captureInfo{Timestamp: time.Unix(0, 0)})
}

// cut splits a stream at random, repeats and extends pieces, and shuffles them within a
// few places.
func cut(random *rand.Rand, data []byte) (pieces [][2]int) {
	for at := 0; at < len(data); {
		n := 1 + random.IntN(min(300, len(data)-at))
		from, to := max(0, at-random.IntN(2)*random.IntN(200)), at+n
		pieces = append(pieces, [2]int{from, to})
		if random.IntN(5) == 0 {
			pieces = append(pieces, [2]int{from, to})
		}
		at += n
	}
	for i := range pieces {
		j := min(len(pieces)-1, i+random.IntN(4))
		pieces[i], pieces[j] = pieces[j], pieces[i]
	}
	return pieces
}

// TestAgainstGopacket gives the same streams, in pieces, reordered and repeated, to
// gopacket's reassembly: both must put together what was sent.
func TestAgainstGopacket(t *testing.T) {
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 7))
		data := make([]byte, 1+random.IntN(5000))
		for i := range data {
			data[i] = byte(random.Uint32())
		}
		base := random.Uint32()
		if seed%3 == 0 {
			base = -uint32(random.IntN(len(data) + 1))
		}
		p := NewPool(PoolConfig{Inline: seed%2 == 0})
		c := p.Open()
		o := newReassembler()
		o.give(base-1, SYN, nil)
		c.Segment(&Segment{Seq: base - 1, Flags: SYN, Window: 60000})
		c.Segment(&Segment{Dir: 1, Seq: 4999, Ack: base, Flags: SYN | ACK, Window: 60000})
		var ours []byte
		for _, x := range cut(random, data) {
			payload := bytes.Clone(data[x[0]:x[1]])
			seq := base + uint32(x[0])
			o.give(seq, ACK, payload)
			r := c.Segment(&Segment{Seq: seq, Ack: 5000, Flags: ACK, Window: 60000, Payload: payload})
			if r.Verdict != Pass || r.Rewritten {
				t.Fatalf("seed %d: %+v", seed, r)
			}
			if r.Fresh != 0 {
				w, _, fresh, _ := c.Window(0)
				ours = append(ours, w[fresh:]...)
				c.Consumed(0)
			}
		}
		if !bytes.Equal(o.data, data) || o.skipped != 0 {
			t.Fatalf("seed %d: gopacket has %d of %d bytes", seed, len(o.data), len(data))
		}
		if !bytes.Equal(ours, data) {
			t.Fatalf("seed %d: %d bytes put together, %d sent", seed, len(ours), len(data))
		}
	}
}
