package appliance

import (
	"errors"
	"fmt"

	"vxwall/appliance/link/pcapfile"
	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// level is what the segment stage was asked about a packet and what it said:
// one for the inner packet, one more for each nested tunnel.
type level struct {
	depth       int
	key         flow.Key
	direction   flow.Direction
	related     bool
	reassembled bool
	kind        segment.Kind
	query       segment.Query // valid iff record is not nil
	record      *flow.Record  // as it was after the packet; nil for what is not IP
	verdict     pipeline.Verdict
	reason      pipeline.Reason
}

// fate is what became of one packet of a capture.
type fate struct {
	known     bool
	frame     []byte // as it was received
	time      int64
	link      pipeline.LinkType
	packet    *pipeline.Packet // nil if it was held and then forwarded
	record    *flow.Record
	forwarded bool
	held      bool // waited for the rest of its datagram
	levels    []level
	findings  []pipeline.Finding // of the guard
	asked     []SignatureReport
}

// tracer follows one packet of a capture through the pipeline: it is the
// queue that offers the capture's packets one by one, the observer, and a
// wrapper around the segment stage. What it runs is the pipeline itself.
type tracer struct {
	capture *pcapfile.Queue
	target  uint64
	source  pipeline.Batch
	next    int
	now     uint64 // number of the packet on its way
	count   uint64
	levels  []level
	judged  *Signatures  // nil for none
	asked   []askedAbout // signatures, about the target
	fate    fate
}

// trace replays a capture up to the packet, and as much further as it takes to
// know what becomes of it.
func trace(r *Replay, number uint64) (*fate, *segment.Stage, *Policies, error) {
	capture, err := r.open(pcapfile.Options{In: r.In})
	if err != nil {
		return nil, nil, nil, err
	}
	defer capture.Close()
	defer r.stops(capture)()
	t := &tracer{capture: capture, target: number}
	policies := NewPolicies()
	policies.Content = contentConfig(r.streams(), r.Config.Streams.Checksums == "ignore")
	t.judged, policies.trace = r.Policy.Signatures, t.candidates
	stage := policies.Use(r.Policy, func(s *segment.Stage) pipeline.Stage { return &tracedStage{s, t} })
	cfg := r.pipelineConfig()
	all := r.Config
	all.Guard.ReportEvery = 0 // also of what was reported before
	all.addGuard(&cfg, false)
	worker := pipeline.NewWorker(cfg, t, &policies.Current, t)
	for err == nil && !t.fate.known {
		err = worker.Step()
	}
	if !t.fate.known {
		t.levels = t.levels[:0]
		err = errors.Join(err, worker.Finish())
	}
	if t.fate.known {
		t.fate.asked = t.signatureReports()
		return &t.fate, stage, policies, nil
	}
	if stopped := r.stopped(); stopped != nil {
		return nil, nil, nil, stopped
	}
	if errors.Is(err, pipeline.ErrClosed) {
		return nil, nil, nil, fmt.Errorf("explain packet %d: %s has %d packets, numbered from 1", number, r.In, t.count)
	}
	return nil, nil, nil, err
}

// Recv implements pipeline.Queue.
func (t *tracer) Recv(b *pipeline.Batch) error {
	t.levels = t.levels[:0]
	if t.next == t.source.Len() {
		if err := t.refill(); err != nil && t.source.Len() == 0 {
			return err
		}
	}
	p := t.source.Packet(t.next)
	t.next++
	t.count++
	t.now = p.Handle()
	if t.now == t.target {
		t.fate.frame, t.fate.time, t.fate.link = append([]byte(nil), p.Bytes()...), p.Time(), p.Link()
	}
	b.Add(p.Bytes(), p.Handle(), p.Time(), p.Link())
	return nil
}

// refill takes the next packets from the capture. An error that comes with
// packets comes again when they are used up.
func (t *tracer) refill() error {
	if err := t.capture.Send(&t.source); err != nil {
		return err
	}
	t.next = 0
	return t.capture.Recv(&t.source)
}

// Send implements pipeline.Queue.
func (t *tracer) Send(b *pipeline.Batch) error {
	for i := range b.Len() {
		if p := b.Packet(i); p.Handle() == t.target && p.Forwarded() {
			t.settle(p, true)
		}
	}
	for _, e := range b.Extras() {
		if e.Handle == t.target && !e.Answer && !e.Copy && !t.fate.known {
			t.fate.known, t.fate.forwarded, t.fate.held, t.fate.levels = true, true, true, t.levels
			if n := len(t.levels); n > 0 {
				t.fate.record = t.levels[n-1].record
			}
		}
	}
	b.Reset()
	return nil
}

// Headroom implements pipeline.Queue.
func (t *tracer) Headroom() int { return 0 }

// Close implements pipeline.Queue.
func (t *tracer) Close() error { return nil }

// Dropped implements pipeline.Observer.
func (t *tracer) Dropped(p *pipeline.Packet) {
	if p.Handle() == t.target {
		t.settle(p, p.Forwarded())
	}
}

// FlowStart implements pipeline.Observer.
func (t *tracer) FlowStart(*pipeline.Packet) {}

// FlowEnd implements pipeline.Observer.
func (t *tracer) FlowEnd(*flow.Record, flow.End) {}

// Found implements pipeline.Observer.
func (t *tracer) Found(p *pipeline.Packet, f *pipeline.Finding) {
	if p.Handle() == t.target && !t.fate.known {
		t.fate.findings = append(t.fate.findings, *f)
	}
}

// settle keeps a copy of the packet whose verdict is final. Its bytes are
// those of the copy made when it was received.
func (t *tracer) settle(p *pipeline.Packet, forwarded bool) {
	if t.fate.known {
		return
	}
	t.fate.known, t.fate.forwarded, t.fate.held = true, forwarded, t.now != t.target
	t.fate.packet, t.fate.levels = p.Clone(), t.levels
	if r := p.State(); r != nil {
		record := *r
		t.fate.record = &record
	}
}

// tracedStage is the segment stage, and notes what it is asked and says.
type tracedStage struct {
	*segment.Stage
	tracer *tracer
}

// Inspector implements pipeline.Stage.
func (s *tracedStage) Inspector() pipeline.Inspector {
	return &tracedInspector{s.Stage, s.Stage.Inspector(), s.tracer}
}

type tracedInspector struct {
	stage     *segment.Stage
	inspector pipeline.Inspector
	tracer    *tracer
}

// Inspect implements pipeline.Inspector.
func (i *tracedInspector) Inspect(p *pipeline.Packet) pipeline.Verdict {
	l := level{
		depth: p.Depth(), key: p.Flow, direction: p.Direction(), related: p.Related(), reassembled: p.Reassembled(),
		kind: segment.KindOf(p),
	}
	if p.State() != nil {
		l.query = i.stage.Query(p)
	}
	l.verdict = i.inspector.Inspect(p)
	l.reason = p.Reason()
	if r := p.State(); r != nil {
		record := *r
		l.record = &record
		l.kind = segment.Kind(r.Judgement.Kind)
	}
	i.tracer.levels = append(i.tracer.levels, l)
	return l.verdict
}
