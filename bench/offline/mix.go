package offline

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	pt "vxwall/pipeline/pipelinetest"
)

// Mix is a capture to be made: the same for the same seed.
type Mix struct {
	Packets int
	Seed    uint64
	Flows   int // at the same time; 0 means 256
}

// The networks, over which flows are spread.
var networks = []uint32{100, 200, 7001, 1 << 20}

// Begin of the capture.
var begin = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// Write writes the capture: classic pcap of Ethernet, microseconds.
func (m Mix) Write(out io.Writer) error {
	w := bufio.NewWriterSize(out, 1<<20)
	header := []uint32{0xa1b2c3d4, 2 | 4<<16, 0, 0, 1 << 18, 1}
	if err := binary.Write(w, binary.LittleEndian, header); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	g := generator{random: rand.New(rand.NewPCG(m.Seed, 1))}
	open := make([][]packet, max(1, m.Flows))
	if m.Flows == 0 {
		open = make([][]packet, 256)
	}
	for n := range m.Packets {
		at := g.random.IntN(len(open))
		if len(open[at]) == 0 {
			open[at] = g.flow()
		}
		p := open[at][0]
		open[at] = open[at][1:]
		if err := writePacket(w, p.frame(), begin.Add(time.Duration(n)*10*time.Microsecond)); err != nil {
			return fmt.Errorf("write capture: %w", err)
		}
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write capture: %w", err)
	}
	return nil
}

func writePacket(w io.Writer, frame []byte, at time.Time) error {
	head := []uint32{uint32(at.Unix()), uint32(at.Nanosecond() / 1000), uint32(len(frame)), uint32(len(frame))}
	if err := binary.Write(w, binary.LittleEndian, head); err != nil {
		return err
	}
	_, err := w.Write(frame)
	return err
}

// packet is one packet of a flow, not built yet.
type packet struct {
	ends  *ends
	back  bool
	layer pt.Layer
	text  []byte
}

// ends are the two ends of a flow.
type ends struct {
	vni         uint32
	a, b        string
	port, peers uint16
}

// frame builds the packet inside its tunnel.
func (p packet) frame() []byte {
	ip := pt.IPv4{Src: p.ends.a, Dst: p.ends.b, ID: 1}
	eth := pt.Eth{}
	if p.back {
		ip.Src, ip.Dst = p.ends.b, p.ends.a
		eth = pt.Eth{Src: pt.MACb, Dst: pt.MACa}
	}
	return pt.Frame(pt.VXLAN{VNI: p.ends.vni, Back: p.back, NoChecksum: true}, eth, ip, p.layer, pt.Payload(string(p.text)))
}
