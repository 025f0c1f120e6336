package pipeline_test

import (
	"testing"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
	"vxwall/pipeline/wire"
)

// kernel is a queue that handles flows by itself, as the XDP program does.
type kernel struct {
	*pt.Queue
	t        *testing.T
	worker   *pipeline.Worker
	current  *pipeline.Current
	recorder pt.Recorder
	entries  map[flow.Key]*entry
	recalls  int
	full     bool
	released bool
	now      int64
	parser   pipeline.Parser
	cfg      pipeline.Config
}

type entry struct {
	drop     bool
	reason   pipeline.Reason
	revision uint32
	header   string // VXLAN's
	handled  flow.Handled
}

// final is a stage that is final, or not.
type final struct {
	pt.Func
	is bool
}

func (f final) Inspector() pipeline.Inspector { return f }
func (f final) Final(*pipeline.Packet) bool   { return f.is }

// judging makes a stage judge flows as the ACL does: in the flow's record.
func judging(revision uint32, stage pipeline.Stage) pipeline.Stage {
	f := stage.(pt.Func)
	return final{pt.Func{Title: f.Title, Decide: func(p *pipeline.Packet) pipeline.Verdict {
		if r := p.State(); r != nil {
			r.Judgement.Revision = revision
		}
		return f.Decide(p)
	}}, true}
}

func newKernel(t *testing.T, cfg pipeline.Config, stages ...pipeline.Stage) *kernel {
	k := &kernel{
		Queue: pt.NewQueue(), t: t, current: new(pipeline.Current), entries: map[flow.Key]*entry{}, now: pt.Start, cfg: cfg,
	}
	k.current.Publish(program(1, stages...))
	k.worker = pipeline.NewWorker(cfg, k, k.current, &k.recorder)
	return k
}

func (k *kernel) Recv(b *pipeline.Batch) error {
	err := k.Queue.Recv(b)
	b.SetNow(k.now)
	return err
}

func (k *kernel) Offload(p *pipeline.Packet) bool {
	if k.full {
		return false
	}
	if k.entries[p.Flow] != nil {
		k.t.Error("offloaded twice")
	}
	k.entries[p.Flow] = &entry{drop: !p.Forwarded(), reason: p.Reason(), revision: p.State().Judgement.Revision, header: string(p.VXLAN())}
	return true
}

func (k *kernel) Release() { k.released = true }

func (k *kernel) Recall(key *flow.Key, handled *flow.Handled) bool {
	if k.released {
		k.t.Error("recall after release")
	}
	k.recalls++
	e := k.entries[*key]
	*handled = flow.Handled{}
	if e == nil {
		return false
	}
	*handled = e.handled
	delete(k.entries, *key)
	return true
}

// frame lets a frame come, a millisecond after the last, and says whether the
// worker saw it.
func (k *kernel) frame(frame []byte) (seen bool) {
	k.now += int64(time.Millisecond)
	p, _ := k.parser.Parse(&k.cfg, frame, pipeline.LinkEthernet)
	e := k.entries[p.Flow]
	special := p.Flow.Proto == wire.ProtoTCP && wire.TCP(p.L4()).Flags()&(wire.SYN|wire.FIN|wire.RST) != 0
	if e != nil && !special && e.revision == k.current.Load().Revision && e.header == string(p.VXLAN()) {
		e.handled.Packets++
		e.handled.Bytes += uint64(len(frame))
		e.handled.Last = k.now
		if p.Flow.Proto == wire.ProtoTCP {
			h := wire.TCP(p.L4())
			e.handled.Next, e.handled.Ack, e.handled.Window = h.Seq()+uint32(len(p.Payload())), h.Ack(), h.Window()
		}
		return false
	}
	k.Add(pt.Input{Bytes: frame, Time: k.now})
	k.step()
	return true
}

// wait lets time pass without frames.
func (k *kernel) wait(d time.Duration) {
	k.now += int64(d)
	k.step()
}

func (k *kernel) step() {
	if err := k.worker.Step(); err != nil && err != pipeline.ErrClosed {
		k.t.Fatal(err)
	}
}

// frames lets n frames come and returns how many the worker saw.
func (k *kernel) frames(n int, frame []byte) (seen int) {
	for range n {
		if k.frame(frame) {
			seen++
		}
	}
	return seen
}

func TestOffloadUDP(t *testing.T) {
	k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
	ping := v100(pt.IPv4{}, pt.UDP{Src: 1, Dst: 2}, pt.Payload("x"))
	pong := v100back(back, pt.UDP{Src: 2, Dst: 1}, pt.Payload("xyz"))
	if n := k.frames(100, ping); n != 8 {
		t.Errorf("%d packets reached the worker before it offloaded the flow", n)
	}
	if n := k.frames(100, pong); n != 8 {
		t.Errorf("%d packets of the other direction reached the worker", n)
	}
	if !t.Run("silence counts from the newest packet", func(t *testing.T) {
		for range 20 { // 200 s: longer than udp_established, never silent
			k.wait(10 * time.Second)
			k.frames(1, ping)
		}
		if len(k.recorder.Ends) != 0 {
			t.Fatal("the flow ended while it was offloaded")
		}
	}) {
		return
	}
	k.wait(time.Hour)
	if len(k.recorder.Ends) != 1 || len(k.entries) != 0 {
		t.Fatalf("%d ends, %d entries after an hour of silence", len(k.recorder.Ends), len(k.entries))
	}
	r := k.recorder.Ends[0].Record
	if r.Packets != [2]uint64{120, 100} || r.Bytes != [2]uint64{120 * uint64(len(ping)), 100 * uint64(len(pong))} {
		t.Errorf("the flow ended with %v packets, %v bytes", r.Packets, r.Bytes)
	}
}

func TestOffloadedConnectionCloses(t *testing.T) {
	segment := func(fromClient bool, tcp pt.TCP, payload string) []byte {
		if fromClient {
			tcp.Src, tcp.Dst = 40000, 80
			return v100(pt.IPv4{}, tcp, pt.Payload(payload))
		}
		tcp.Src, tcp.Dst = 80, 40000
		return v100back(back, tcp, pt.Payload(payload))
	}
	open := func(k *kernel) (seq uint32) {
		k.frame(segment(true, pt.TCP{Seq: 99, Flags: "S", Window: 1000}, ""))
		k.frame(segment(false, pt.TCP{Seq: 499, Ack: 100, Flags: "SA", Window: 1000}, ""))
		seq = 100
		for range 2000 { // far beyond the window of the first segments
			k.frame(segment(true, pt.TCP{Seq: seq, Ack: 500, Flags: "A", Window: 1000}, "0123456789"))
			seq += 10
			k.frame(segment(false, pt.TCP{Seq: 500, Ack: seq, Flags: "A", Window: 1000}, ""))
		}
		if len(k.entries) != 2 {
			t.Fatalf("%d directions offloaded", len(k.entries))
		}
		return seq
	}
	state := func(k *kernel) flow.State {
		if err := k.worker.Finish(); err != nil || len(k.recorder.Ends) != 1 {
			t.Fatalf("error %v, %d flows ended", err, len(k.recorder.Ends))
		}
		return k.recorder.Ends[0].Record.State
	}
	t.Run("FIN", func(t *testing.T) {
		k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
		seq := open(k)
		k.frame(segment(true, pt.TCP{Seq: seq, Ack: 500, Flags: "FA", Window: 1000}, ""))
		k.frame(segment(false, pt.TCP{Seq: 500, Ack: seq + 1, Flags: "FA", Window: 1000}, ""))
		if len(k.entries) != 0 {
			t.Error("a connection that closes is still offloaded")
		}
		if got := state(k); got != flow.Closed {
			t.Errorf("the connection is %v", got)
		}
		if p := k.recorder.Ends[0].Record.Packets; p != [2]uint64{2002, 2002} {
			t.Errorf("%v packets", p)
		}
	})
	t.Run("reset in the window", func(t *testing.T) {
		k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
		k.frame(segment(false, pt.TCP{Seq: 500, Ack: open(k), Flags: "RA"}, ""))
		if got := state(k); got != flow.Closed {
			t.Errorf("the connection is %v", got)
		}
	})
	t.Run("blind reset", func(t *testing.T) {
		k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
		seq := open(k)
		k.frame(segment(true, pt.TCP{Seq: seq + 1<<30, Flags: "R"}, ""))
		k.frames(16, segment(true, pt.TCP{Seq: seq, Ack: 500, Flags: "A", Window: 1000}, "x"))
		if len(k.entries) == 0 {
			t.Error("the flow was not offloaded again")
		}
		if got := state(k); got != flow.Established {
			t.Errorf("the connection is %v", got)
		}
	})
}

func TestNewPolicyTakesOffloadBack(t *testing.T) {
	k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
	frame := datagram(1)
	k.frames(50, frame)
	k.current.Publish(program(2, judging(2, pt.DropAll())))
	if !k.frame(frame) || len(k.recorder.Drops) != 1 || len(k.entries) != 0 {
		t.Fatalf("%d drops, %d entries after the flow was denied", len(k.recorder.Drops), len(k.entries))
	}
	k.frames(49, frame)
	if e := k.entries[k.key(frame)]; e == nil || !e.drop || e.reason != pipeline.SegmentDenied {
		t.Fatalf("a denied flow is offloaded as %+v", e)
	}
	k.worker.Finish()
	if p := k.recorder.Ends[0].Record.Packets[0]; p != 100 {
		t.Errorf("%d packets counted", p)
	}
}

func (k *kernel) key(frame []byte) flow.Key {
	p, _ := k.parser.Parse(&k.cfg, frame, pipeline.LinkEthernet)
	return p.Flow
}

// What the kernel could not judge as the worker does stays with the worker.
func TestNotOffloaded(t *testing.T) {
	udp := pt.UDP{Src: 1, Dst: 2}
	plain := datagram(1)
	strict := func(change func(*pipeline.Config)) pipeline.Config {
		cfg := smallConfig()
		change(&cfg)
		return cfg
	}
	cases := map[string]struct {
		cfg   pipeline.Config
		stage pipeline.Stage
		frame []byte
	}{
		"stage not final":       {smallConfig(), final{pt.AllowAll().(pt.Func), false}, plain},
		"stage without opinion": {smallConfig(), pt.AllowAll(), plain},
		"rejected":              {smallConfig(), judging(1, pt.RejectAll()), plain},
		"checksums verified":    {strict(func(c *pipeline.Config) { c.IgnoreChecksums = false }), judging(1, pt.AllowAll()), plain},
		"inner VLAN":            {smallConfig(), judging(1, pt.AllowAll()), v100(pt.VLAN{ID: 7}, pt.IPv4{}, udp, pt.Payload("x"))},
		"ICMP":                  {smallConfig(), judging(1, pt.AllowAll()), v100(pt.IPv4{}, pt.ICMP{Type: 8})},
		"nested": {smallConfig(), judging(1, pt.AllowAll()), v100(pt.IPv4{}, pt.UDP{Src: 1, Dst: 4789},
			pt.VXLANHeader{VNI: 5}, pt.Eth{}, pt.IPv4{}, udp, pt.Payload("x"))},
		"lone SYN": {smallConfig(), judging(1, pt.AllowAll()), v100(pt.IPv4{}, pt.TCP{Src: 1, Dst: 2, Flags: "S"})},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			k := newKernel(t, c.cfg, c.stage)
			if n := k.frames(40, c.frame); n != 40 {
				t.Errorf("the worker saw %d of 40", n)
			}
		})
	}
	t.Run("monitor mode", func(t *testing.T) {
		k := newKernel(t, smallConfig())
		k.current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{judging(1, pt.DropAll())}, Monitor: true})
		if n := k.frames(40, plain); n != 40 {
			t.Errorf("the worker saw %d of 40", n)
		}
	})
	t.Run("no room", func(t *testing.T) {
		k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
		k.full = true
		if n := k.frames(40, plain); n != 40 {
			t.Errorf("the worker saw %d of 40", n)
		}
		k.full = false
		if n := k.frames(40, plain); n != 8 {
			t.Errorf("the worker saw %d of 40 once there was room", n)
		}
	})
}

func TestAsk(t *testing.T) {
	k := newKernel(t, smallConfig(), judging(1, pt.AllowAll()))
	k.frame(datagram(1))
	asked := make(chan int)
	go func() {
		var live int
		k.worker.Ask(func(table *flow.Table) { live = table.Stats().Live })
		asked <- live
	}()
	for {
		select {
		case live := <-asked:
			if live != 1 {
				t.Errorf("%d flows", live)
			}
			k.worker.Finish()
			if k.worker.Ask(func(*flow.Table) {}) {
				t.Error("a worker that ended answers")
			}
			return
		default:
			k.step()
		}
	}
}
