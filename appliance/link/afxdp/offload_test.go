package afxdp

import (
	"sync"
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

const revision = 7

// parse takes a frame apart as the pipeline does by default.
func parse(t testing.TB, frame []byte) *pipeline.Packet {
	t.Helper()
	cfg := pipeline.Default()
	p, reason := new(pipeline.Parser).Parse(&cfg, frame, pipeline.LinkEthernet)
	if reason != pipeline.OK {
		t.Fatalf("pipeline refuses the frame: %s", reason)
	}
	return p
}

// offer offloads what looks like a frame that comes in at a port, and returns
// its key.
func (r *rig) offer(port int, frame []byte, action uint8) flow.Key {
	r.t.Helper()
	p := parse(r.t, frame)
	var e offloadEntry
	if !r.makeEntry(&e, p, receipt{port: port, revision: revision, progress: progressOf(p)}) {
		r.t.Fatalf("frame is not to be offloaded: %x", frame)
	}
	e.Action, e.Reason = action, uint8(pipeline.SegmentDenied)
	if !r.offload(&e, nil) {
		r.t.Fatal("no room for the entry")
	}
	r.control().setRevision(revision)
	return p.Flow
}

// progressOf is how far the sender of a segment got with it.
func progressOf(p *pipeline.Packet) flow.Progress {
	if p.Flow.Proto != wire.ProtoTCP {
		return flow.Progress{}
	}
	h := wire.TCP(p.L4())
	return flow.Progress{Next: h.Seq() + uint32(len(p.Payload())), Ack: h.Ack(), Reach: 0xffff}
}

var middle = pt.TCP{Src: 40000, Dst: 5432, Seq: 1000, Ack: 2000, Window: 500}

// offloadables are frames of every kind that the program handles by itself.
func offloadables() map[string][]byte {
	tagged, group, six := v100, v100, v100
	tagged.VLAN, group.Group, group.Applied, six.V6 = 7, 17, true, true
	bare := six
	bare.NoChecksum = true
	return map[string][]byte{
		"UDP":            plain(v100, pt.IPv4{}, dns, data),
		"UDP, empty":     plain(v100, pt.IPv4{}, dns),
		"UDP, padded":    append(plain(v100, pt.IPv4{}, dns), 0, 0, 0, 0, 0, 0),
		"TCP":            plain(v100, pt.IPv4{}, middle, data),
		"TCP, options":   plain(v100, pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "PAUEC", Options: make([]byte, 40)}, data),
		"TCP, port 4789": plain(v100, pt.IPv4{}, pt.TCP{Src: 1, Dst: 4789}, data),
		"IPv6 UDP":       plain(v100, pt.IPv6{}, dns, data),
		"IPv6 TCP":       plain(v100, pt.IPv6{}, middle, data),
		"IPv6 on IPv6":   plain(six, pt.IPv6{}, middle, data),
		"on IPv6":        plain(six, pt.IPv4{}, dns, data),
		"no checksum":    plain(bare, pt.IPv4{}, dns, data),
		"checksum":       plain(pt.VXLAN{VNI: 100, Checksum: true}, pt.IPv4{}, dns, data),
		"tagged":         plain(tagged, pt.IPv4{}, dns, data),
		"two tags":       pt.Frame(append([]pt.Layer{pt.Eth{}, pt.VLAN{ID: 1, Outer: true}, pt.VLAN{ID: 2}, pt.IPv4{}, vxlanUDP}, inside...)...),
		"group":          plain(group, pt.IPv4{}, dns, data),
		"highest VNI":    plain(pt.VXLAN{VNI: 0xffffff}, pt.IPv4{}, dns, data),
		"large":          plain(v100, pt.IPv4{}, dns, pt.Zeros(1400)),
		"multicast":      pt.Frame(v100, pt.Eth{Dst: "01:00:5e:01:02:03"}, pt.IPv4{Dst: "239.1.2.3"}, dns, data),
	}
}

func TestOffload(t *testing.T) {
	for name, frame := range offloadables() {
		t.Run(name, func(t *testing.T) {
			r := newRig(t, nil)
			key := r.offer(0, frame, offloadForward)
			for range 3 {
				r.expect(0, frame, forwarded)
			}
			r.expect(1, frame, toSocket) // not where it came in
			checkHandled(t, r, &key, frame, 3)
			r.expect(0, frame, toSocket)

			r.offer(1, frame, offloadDrop)
			r.expect(1, frame, dropped+"segment-denied")
			r.expect(0, frame, toSocket)
			checkHandled(t, r, &key, frame, 1)
		})
	}
}

func checkHandled(t *testing.T, r *rig, key *flow.Key, frame []byte, packets uint64) {
	t.Helper()
	var peeked, h flow.Handled
	if !r.peek(key, &peeked) || !r.recall(key, &h) {
		t.Fatal("entry is gone")
	}
	if now := time.Now().UnixNano(); h.Last > now || h.Last < now-int64(time.Minute) {
		t.Errorf("last packet at %d, now %d", h.Last, now)
	}
	if diff := peeked.Last - h.Last; diff < -int64(time.Second) || diff > int64(time.Second) {
		t.Errorf("last packet at %d, then at %d", peeked.Last, h.Last)
	}
	peeked.Last = h.Last
	if h != peeked || h.Packets != packets || h.Bytes != packets*uint64(len(frame)) {
		t.Errorf("recalled %+v, peeked %+v, want %d packets", h, peeked, packets)
	}
	if r.recall(key, &h) || r.peek(key, &h) || h != (flow.Handled{}) {
		t.Error("recalled twice")
	}
}

// What differs from the packet that was judged goes to the socket.
func TestOffloadMismatch(t *testing.T) {
	r := newRig(t, nil)
	group := pt.VXLAN{VNI: 100, Group: 17}
	judged := plain(group, pt.IPv4{}, middle, data)
	r.offer(0, judged, offloadForward)
	as := func(v pt.VXLAN, eth pt.Eth, ip pt.IPv4, tcp pt.TCP) []byte { return pt.Frame(v, eth, ip, tcp, data) }
	other := func(f func(*pt.TCP)) pt.TCP { c := middle; f(&c); return c }
	for name, frame := range map[string][]byte{
		"VNI":                as(pt.VXLAN{VNI: 101, Group: 17}, pt.Eth{}, pt.IPv4{}, middle),
		"group":              as(pt.VXLAN{VNI: 100, Group: 18}, pt.Eth{}, pt.IPv4{}, middle),
		"no group":           as(v100, pt.Eth{}, pt.IPv4{}, middle),
		"A bit":              as(pt.VXLAN{VNI: 100, Group: 17, Applied: true}, pt.Eth{}, pt.IPv4{}, middle),
		"reserved bit":       as(pt.VXLAN{VNI: 100, Group: 17, Flags: 0x8c}, pt.Eth{}, pt.IPv4{}, middle),
		"reserved byte":      as(pt.VXLAN{VNI: 100, Group: 17, Reserved: 1}, pt.Eth{}, pt.IPv4{}, middle),
		"sender's MAC":       as(group, pt.Eth{Src: "02:00:00:00:01:0c"}, pt.IPv4{}, middle),
		"receiver's MAC":     as(group, pt.Eth{Dst: "03:00:00:00:01:0b"}, pt.IPv4{}, middle),
		"source":             as(group, pt.Eth{}, pt.IPv4{Src: "10.1.0.6"}, middle),
		"destination":        as(group, pt.Eth{}, pt.IPv4{Dst: "10.2.0.8"}, middle),
		"source port":        as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Src++ })),
		"port":               as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Dst++ })),
		"protocol":           pt.Frame(group, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 40000, Dst: 5432}, data, data),
		"inner options":      as(group, pt.Eth{}, pt.IPv4{Options: make([]byte, 4)}, middle),
		"first fragment":     as(group, pt.Eth{}, pt.IPv4{More: true}, middle),
		"fragment":           as(group, pt.Eth{}, pt.IPv4{Offset: 8}, middle),
		"inner version":      as(group, pt.Eth{}, pt.IPv4{Version: 6}, middle),
		"inner length":       as(group, pt.Eth{}, pt.IPv4{Len: 900}, middle),
		"inner length short": as(group, pt.Eth{}, pt.IPv4{Len: 39}, middle),
		"TCP header short":   as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.HeaderWords = 4 })),
		"TCP header long":    as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.HeaderWords = 15 })),
		"inner tag":          pt.Frame(group, pt.Eth{}, pt.VLAN{ID: 7}, pt.IPv4{}, middle, data),
		"reverse":            as(group, pt.Eth{}, pt.IPv4{Src: "10.2.0.9", Dst: "10.1.0.5"}, pt.TCP{Src: 5432, Dst: 40000}),
		"mapped":             pt.Frame(group, pt.Eth{}, pt.IPv6{Src: "::ffff:10.1.0.5", Dst: "::ffff:10.2.0.9"}, middle, data),
		"SYN":                as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Flags = "SA" })),
		"FIN":                as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Flags = "FA" })),
		"RST":                as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Flags = "RA" })),
		"no flags":           as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Flags = "." })),
		"no ACK":             as(group, pt.Eth{}, pt.IPv4{}, other(func(c *pt.TCP) { c.Flags = "P" })),
	} {
		if got := r.run(0, frame); got != toSocket {
			t.Errorf("%s: %s", name, got)
		}
	}
	r.expect(0, judged, forwarded)
	r.control().setRevision(revision + 1)
	r.expect(0, judged, toSocket)
	r.control().setRevision(revision)
	r.expect(0, judged, forwarded)
}

func TestOffloadOff(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Offload = 0 })
	frame := plain(v100, pt.IPv4{}, dns)
	p := parse(t, frame)
	var e offloadEntry
	var h flow.Handled
	if r.makeEntry(&e, p, receipt{}) || r.offload(&e, nil) || r.recall(&p.Flow, &h) || r.peek(&p.Flow, &h) {
		t.Error("offloaded without room")
	}
	r.expect(0, frame, toSocket)
}

// What the program would not match, or must not, is refused.
func TestOffloadRefused(t *testing.T) {
	r := newRig(t, func(c *Config) { c.VXLANPorts = []uint16{4789, 8472} })
	for name, frame := range map[string][]byte{
		"ICMP":                plain(v100, pt.IPv4{}, pt.ICMP{Type: 8}),
		"SCTP":                plain(v100, pt.IPv4{}, pt.SCTP{Src: 1, Dst: 2}),
		"ARP":                 plain(v100, pt.ARP{}),
		"tagged":              plain(v100, pt.VLAN{ID: 7}, pt.IPv4{}, dns),
		"priority tag":        plain(v100, pt.VLAN{}, pt.IPv4{}, dns),
		"two priority tags":   plain(v100, pt.VLAN{Outer: true}, pt.VLAN{}, pt.IPv6{}, dns),
		"fragment":            plain(v100, pt.IPv4{More: true}, dns, pt.Zeros(16)),
		"nested":              plain(v100, pt.IPv4{}, pt.UDP{Src: 1, Dst: 4789}, pt.VXLANHeader{VNI: 5}, pt.Eth{}, pt.IPv4{}, dns),
		"nested, other port":  plain(v100, pt.IPv4{}, pt.UDP{Src: 1, Dst: 8472}, data),
		"Geneve":              plain(v100, pt.IPv4{}, pt.UDP{Src: 1, Dst: 6081}, pt.Geneve{}, pt.Eth{}, pt.IPv4{}, dns),
		"reserved":            plain(pt.VXLAN{VNI: 100, Reserved: 1}, pt.IPv4{}, dns),
		"underlay options":    outer4(pt.IPv4{Options: []byte{148, 4, 0, 0}}, with(vxlanUDP, inside...)...),
		"A bit without group": plain(pt.VXLAN{VNI: 100, Applied: true}, pt.IPv4{}, dns),
	} {
		var e offloadEntry
		if r.makeEntry(&e, parse(t, frame), receipt{}) {
			t.Errorf("%s: would be offloaded", name)
		}
	}
}

// The highest sequence number counts, whatever is sent again; a guess does not.
func TestOffloadTCPState(t *testing.T) {
	r := newRig(t, nil)
	segment := func(seq, ack uint32, window uint16) []byte {
		return plain(v100, pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Seq: seq, Ack: ack, Window: window}, data)
	}
	key := r.offer(0, segment(0xffffff00, 0xfffffff0, 500), offloadForward)
	size := uint32(len(data))
	for _, s := range []struct {
		seq, ack uint32
		window   uint16
		want     flow.Handled
	}{
		{0xffffff00, 0xfffffff0, 400, flow.Handled{Next: 0xffffff00 + size, Ack: 0xfffffff0, Window: 400}},
		{0xffffff00 + size, 16, 500, flow.Handled{Next: 0xffffff00 + 2*size, Ack: 16, Window: 500}},
		{0x100 + 0x10000, 99, 9000, flow.Handled{Next: 0xffffff00 + 2*size, Ack: 16, Window: 500}},
		{0xffffff00 - 0x10000, 99, 9000, flow.Handled{Next: 0xffffff00 + 2*size, Ack: 16, Window: 500}},
		{0x100, 16, 600, flow.Handled{Next: 0x100 + size, Ack: 16, Window: 600}},
		{0xffffff00, 0xfffffff0, 1, flow.Handled{Next: 0x100 + size, Ack: 16, Window: 600}},
		{0x40000000, 99, 9000, flow.Handled{Next: 0x100 + size, Ack: 16, Window: 600}},
		{0xc0000000, 99, 9000, flow.Handled{Next: 0x100 + size, Ack: 16, Window: 600}},
	} {
		r.expect(0, segment(s.seq, s.ack, s.window), forwarded)
		var h flow.Handled
		if !r.peek(&key, &h) || h.Next != s.want.Next || h.Ack != s.want.Ack || h.Window != s.want.Window {
			t.Errorf("after %x %x %d: %+v, want %+v", s.seq, s.ack, s.window, h, s.want)
		}
	}
}

func TestOffloadFull(t *testing.T) {
	r := newRig(t, func(c *Config) { c.Offload = 8 })
	var keys []flow.Key
	for i := range 8 {
		keys = append(keys, r.offer(0, plain(pt.VXLAN{VNI: uint32(i)}, pt.IPv4{}, dns), offloadForward))
	}
	var e offloadEntry
	r.makeEntry(&e, parse(t, plain(v100, pt.IPv4{}, dns)), receipt{})
	if r.offload(&e, nil) {
		t.Error("a ninth of eight")
	}
	if n := r.entryCount(); n != 8 {
		t.Errorf("%d entries, want 8", n)
	}
	for i := range keys {
		if !r.recall(&keys[i], new(flow.Handled)) {
			t.Errorf("entry %d is gone", i)
		}
	}
	if n := r.entryCount(); n != 0 {
		t.Errorf("%d entries, want 0", n)
	}
}

func (r *rig) entryCount() int {
	k, err := r.kernel()
	check(r.t, err)
	return k.Offloaded
}

// Workers share the calls and keep their answers apart.
func TestOffloadConcurrently(t *testing.T) {
	r := newRig(t, nil)
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			key := flow.Key{VNI: uint32(worker), Proto: 17, SrcPort: uint16(worker)}
			for i := range 300 {
				e := offloadEntry{Packets: uint64(worker), Bytes: uint64(i)}
				setKey(&e, &key)
				if !r.offload(&e, nil) {
					t.Error("no room")
				}
				var h flow.Handled
				if !r.recall(&key, &h) || h.Packets != uint64(worker) || h.Bytes != uint64(i) {
					t.Errorf("worker %d recalled %+v", worker, h)
				}
			}
		})
	}
	wg.Wait()
}

func TestOffloadAllocations(t *testing.T) {
	r := newRig(t, nil)
	p := parse(t, plain(v100, pt.IPv4{}, middle, data))
	var e offloadEntry
	var h flow.Handled
	n := testing.AllocsPerRun(100, func() {
		r.makeEntry(&e, p, receipt{port: 1, revision: 3})
		_, _, _ = r.offload(&e, nil), r.offload(&e, nil), r.peek(&p.Flow, &h)
		r.recall(&p.Flow, &h)
		r.recall(&p.Flow, &h)
		c := r.control()
		c.beat(1, 2)
		c.taken(1, 2, c.redirected(1, 2))
		c.setRevision(3)
		c.setDown(false)
	})
	if n != 0 {
		t.Errorf("%v allocations", n)
	}
}
