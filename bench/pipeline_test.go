package bench

import (
	"encoding/binary"
	"net/netip"
	"runtime"
	"testing"
	"time"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

// loop is a queue that offers the same frames over and over.
type loop struct {
	frames [][]byte
	next   int
	sent   int
	now    int64
}

func (l *loop) Recv(b *pipeline.Batch) error {
	l.now += 1000
	for more := true; more; {
		more = b.Add(l.frames[l.next], uint64(l.next), l.now, pipeline.LinkEthernet)
		if l.next++; l.next == len(l.frames) {
			l.next = 0
		}
	}
	return nil
}

func (l *loop) Send(b *pipeline.Batch) error {
	for i := range b.Len() {
		if b.Packet(i).Forwarded() {
			l.sent++
		}
	}
	b.Reset()
	return nil
}

func (l *loop) Headroom() int { return 0 }
func (l *loop) Close() error  { return nil }

type quiet struct{}

func (quiet) Dropped(*pipeline.Packet)                  {}
func (quiet) FlowStart(*pipeline.Packet)                {}
func (quiet) FlowEnd(*flow.Record, flow.End)            {}
func (quiet) Found(*pipeline.Packet, *pipeline.Finding) {}

// policy compiles a policy text and returns a program with its stage.
func policy(tb testing.TB, text string) *pipeline.Current {
	tb.Helper()
	set, problems := rules.Parse(rules.Options{}, rules.Source{Name: "bench.toml", Text: []byte(text)})
	if set == nil {
		tb.Fatal(problems)
	}
	stage := segment.NewStage(set, segment.Compile(set, time.Now()), 1, segment.NewBindings([2]uint64{1, 2}))
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stage}})
	return &current
}

const allowWeb = `
[[segment]]
name = "web"
vni = [100]
prefix = ["10.1.0.0/16"]
[[segment]]
name = "db"
vni = [100]
prefix = ["10.2.0.0/16"]
[[acl]]
name = "web-to-db"
from = ["web"]
to = ["db"]
service = ["udp/5432"]
action = "allow"
log = "none"
`

// BenchmarkForward is the whole road of a packet in memory: decapsulation,
// flow lookup, the flow's cached ACL verdict, encapsulation.
func BenchmarkForward(b *testing.B) {
	const flows = 10_000
	l := &loop{frames: udpFrames(flows, 22), now: time.Now().UnixNano()} // 64 bytes: Ethernet, IP, UDP and 22
	worker := pipeline.NewWorker(benchConfig(2*flows), l, policy(b, allowWeb), quiet{})
	for range 2 * flows / pipeline.BatchSize {
		step(b, worker)
	}
	l.sent = 0
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += pipeline.BatchSize {
		step(b, worker)
	}
	if l.sent < b.N {
		b.Fatalf("forwarded %d of %d packets", l.sent, b.N)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpps")
}

// BenchmarkNewFlow is the same with every packet beginning a flow.
func BenchmarkNewFlow(b *testing.B) {
	l := &loop{frames: udpFrames(1<<18, 22), now: time.Now().UnixNano()}
	worker := pipeline.NewWorker(benchConfig(1<<17), l, policy(b, allowWeb), quiet{})
	for range 1 << 12 {
		step(b, worker)
	}
	b.ReportAllocs()
	b.ResetTimer()
	for n := 0; n < b.N; n += pipeline.BatchSize {
		step(b, worker)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds()/1e6, "Mpps")
}

// BenchmarkMillionFlows fills a table with a million flows and reports their
// memory, and how long a forced garbage collection takes with them.
func BenchmarkMillionFlows(b *testing.B) {
	const flows = 1_000_000
	before := heap()
	table := flow.NewTable(benchConfig(flows).Flow, nil)
	for i := range flows {
		k := flow.Key{VNI: 100, Proto: 17, SrcPort: uint16(i), DstPort: 443}
		binary.BigEndian.PutUint32(k.Src[12:], uint32(i))
		if _, _, refusal := table.Admit(&flow.Packet{Key: &k, Now: 1, Bytes: 64}); refusal != flow.Admitted {
			b.Fatal("table is full")
		}
	}
	perFlow := float64(heap()-before) / flows
	b.ResetTimer()
	for range b.N {
		runtime.GC()
	}
	b.ReportMetric(perFlow, "B/flow")
	b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms/GC")
	runtime.KeepAlive(table)
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func step(b *testing.B, w *pipeline.Worker) {
	if err := w.Step(); err != nil {
		b.Fatal(err)
	}
}

func benchConfig(capacity int) pipeline.Config {
	cfg := pipeline.Default()
	cfg.Flow.Capacity = capacity
	cfg.Flow.Seed = flow.Seed{0x243f6a8885a308d3, 0x13198a2e03707344}
	return cfg
}

// udpFrames returns VXLAN frames of as many flows from web to db, each with
// payload bytes of inner UDP.
func udpFrames(flows, payload int) [][]byte {
	frames := make([][]byte, flows)
	for i := range frames {
		src := netip.AddrFrom4([4]byte{10, 1, byte(i >> 8), byte(i)})
		frames[i] = udpFrame(src, uint16(10000+i>>16), payload)
	}
	return frames
}

func udpFrame(src netip.Addr, port uint16, payload int) []byte {
	inner := append([]byte{2, 0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 1, 0x08, 0x00}, ipv4UDP(src, netip.MustParseAddr("10.2.0.9"), port, 5432, make([]byte, payload))...)
	vxlan := append([]byte{0x08, 0, 0, 0, 0, 0, 100, 0}, inner...)
	outer := ipv4UDP(netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2"), 50000, 4789, vxlan)
	return append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x08, 0x00}, outer...)
}

// ipv4UDP returns an IPv4 packet with a UDP datagram, without checksums.
func ipv4UDP(src, dst netip.Addr, from, to uint16, payload []byte) []byte {
	b := []byte{0x45, 0, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0}
	b = append(append(b, src.AsSlice()...), dst.AsSlice()...)
	b = binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(b, from), to)
	b = binary.BigEndian.AppendUint16(b, uint16(8+len(payload)))
	b = append(append(b, 0, 0), payload...)
	binary.BigEndian.PutUint16(b[2:], uint16(len(b)))
	return b
}

func reasonName(reason int) string { return pipeline.Reason(reason).String() }
