package ips

import (
	"slices"

	"vxwall/inspect/ips/chain"
	"vxwall/inspect/ips/match"
	"vxwall/inspect/ips/transform"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// Detector is one worker's use of an engine: scratch space. It belongs to the
// worker's goroutine.
type Detector struct {
	engine *Engine
	state  *State
	tracer Tracer
	naive  bool // every rule is a candidate: for tests

	// Of the packet that is judged.
	in      *Input
	out     *Result
	session *session
	version uint8
	class   class
	pair    int // of zones
	txID    uint64
	news    bool // the application protocol is known with this packet

	exam       chain.Exam
	hits       match.Hits
	candidates []int32
	findings   []finding
	epoch      uint64
	members    [2][]uint64 // per address set: epoch<<1, and whether it holds source or destination
	views      []transformed
}

// finding is a rule that matched.
type finding struct {
	rule   int32
	stream bool
	tx     uint64
}

// transformed is what a buffer's transforms made last.
type transformed struct {
	scratch transform.Scratch
	epoch   uint64
	tx      uint64
	dir     flow.Direction
	n       int
	data    []byte
}

// maxFindings is how many rules may match for one packet, and be sorted.
const maxFindings = 512

// NewDetector returns a detector that keeps what lasts in s.
func NewDetector(e *Engine, s *State) *Detector {
	d := &Detector{engine: e, state: s, views: make([]transformed, len(e.keys))}
	d.hits.Grow(e.patterns)
	d.candidates = make([]int32, 0, 2*len(e.rules)+64)
	d.findings = make([]finding, 0, maxFindings)
	d.members = [2][]uint64{make([]uint64, len(e.sets)), make([]uint64, len(e.sets))}
	return d
}

// Exhausted counts the evaluations that were given up because they took too many steps.
func (d *Detector) Exhausted() uint64 { return d.exam.Exhausted + d.exam.Machine.Exhausted }

// Trace has t told of each candidate from now on; nil ends that.
func (d *Detector) Trace(t Tracer) { d.tracer = t }

// Inspect judges a packet and what it brought. It keeps nothing of in, and does
// not allocate.
func (d *Detector) Inspect(in *Input, out *Result) {
	out.reset()
	if len(in.L3) == 0 && !in.Refused && in.Session == 0 {
		return
	}
	d.begin(in, out)
	if in.Refused {
		d.decodeRules()
		d.finish()
		return
	}
	if len(in.L3) > 0 {
		d.tagged()
	}
	if d.settled() {
		return
	}
	d.pair = d.engine.zones.pairOf(&in.Key)
	if len(in.L3) > 0 {
		d.addressRules()
	}
	d.packetRules()
	d.txRules()
	d.finish()
	d.in, d.out = nil, nil
}

// begin notes what the rest asks for often.
func (d *Detector) begin(in *Input, out *Result) {
	d.in, d.out, d.txID = in, out, NoTx
	d.epoch++
	d.findings = d.findings[:0]
	d.news = in.AppState != AppUnknown
	d.version, d.class = 0, classOf(in.Key.Proto)
	switch {
	case len(in.L3) > 0:
		d.version = in.L3[0] >> 4
	case in.Session != 0 && wire.Is4(&in.Key.Src):
		d.version = 4
	case in.Session != 0:
		d.version = 6
	}
	d.session = d.state.session(in.Session)
	if d.session != nil && d.session.revision != d.engine.revision {
		s := d.session
		d.state.freeList(s.waiting[0])
		d.state.freeList(s.waiting[1])
		*s = session{revision: d.engine.revision, vars: s.vars}
	}
	if bit := sessionKnown << in.Dir; d.session != nil && d.news {
		d.news = d.session.flags&bit == 0
		d.session.flags |= bit
	}
}

// decodeRules judges a refused packet by the signatures that ask for a decode event and
// for nothing that a refused packet may not have.
func (d *Detector) decodeRules() {
	for _, n := range d.engine.decodes {
		r := &d.engine.rules[n]
		if d.conditionsHold(r) {
			d.found(n, finding{rule: n, tx: NoTx})
		}
	}
}

func classOf(proto uint8) class {
	switch proto {
	case wire.ProtoTCP:
		return classTCP
	case wire.ProtoUDP:
		return classUDP
	case wire.ProtoICMP:
		return classICMP
	case wire.ProtoICMPv6:
		return classICMP6
	case wire.ProtoSCTP:
		return classSCTP
	}
	return classOther
}

// settled says whether the flow's fate was decided before, and tells it.
func (d *Detector) settled() bool {
	if d.session == nil {
		return false
	}
	switch {
	case d.session.flags&sessionDropped != 0:
		d.out.Drop, d.out.DropFlow, d.out.Settled, d.out.By = true, true, true, d.session.by
		return true
	case d.session.flags&sessionPassed != 0:
		d.out.Pass, d.out.PassFlow = true, true
		return true
	}
	return false
}

// addressRules judges the rules of addresses alone, once in each direction.
func (d *Detector) addressRules() {
	if s := d.session; s != nil {
		bit := sessionAddress << d.in.Dir
		if s.flags&bit != 0 {
			return
		}
		s.flags |= bit
	}
	if d.naive {
		d.candidates = d.candidates[:0]
		d.all(func(r *rule) bool { return r.kind == kindAddress })
		d.judgeAll()
		return
	}
	x := &d.engine.addresses
	d.candidates = append(d.candidates[:0], x.always...)
	d.candidates = append(d.candidates, x.src.of(&d.in.Key.Src)...)
	d.candidates = append(d.candidates, x.dst.of(&d.in.Key.Dst)...)
	d.judgeAll()
}

// judgeAll judges the candidates in their order.
func (d *Detector) judgeAll() {
	slices.Sort(d.candidates)
	d.candidates = slices.Compact(d.candidates)
	for _, n := range d.candidates {
		d.judge(n)
	}
}

// finish makes verdicts and alerts of what matched: in order, until a rule lets pass.
func (d *Detector) finish() {
	slices.SortStableFunc(d.findings, func(a, b finding) int { return int(a.rule) - int(b.rule) })
	for i := range d.findings {
		f := &d.findings[i]
		r := &d.engine.rules[f.rule]
		v, action := d.filtered(r)
		if v == voiceNone {
			d.trace(r, Silent, -1, "filter")
			continue
		}
		if v == voiceAlert && (action != suricata.Pass || d.engine.sigs[r.sig].AlertToo) {
			d.mark(r)
			d.out.add(Alert{Sig: r.sig, Action: action, Tx: f.tx, Stream: f.stream, App: r.kind == kindTx})
		}
		if action == suricata.Pass {
			d.pass(r, f)
			break
		}
		d.apply(r, f, action)
	}
	for i := range d.out.alerts[:d.out.count] {
		d.out.alerts[i].Dropped = d.out.Drop
	}
	unknown := d.engine.content && d.in.AppState == AppUnknown && (d.class == classTCP || d.class == classUDP)
	waiting := d.session != nil && d.session.waiting != [2]uint32{}
	d.out.Pending = (d.out.Pending || unknown || waiting) && !d.out.DropFlow && !d.out.PassFlow
}

// wide says whether the verdict of a rule that matched is one for the flow.
func (r *rule) wide(f *finding) bool {
	return r.kind != kindPacket && (r.kind != kindStream || f.stream)
}

// pass lets the packet pass, or the flow. A verdict that came before stays.
func (d *Detector) pass(r *rule, f *finding) {
	if d.out.Drop {
		return
	}
	d.out.Pass = true
	if !r.wide(f) {
		return
	}
	d.out.PassFlow = true
	if d.session != nil {
		d.session.flags |= sessionPassed
		d.session.by = r.sig
	}
}

// apply acts on a rule that drops.
func (d *Detector) apply(r *rule, f *finding, action suricata.Action) {
	if action == suricata.Alert {
		return
	}
	if !d.out.Drop {
		d.out.Drop, d.out.By, d.out.Rated = true, r.sig, action != r.action
	}
	if action != suricata.Drop && d.out.Reject == suricata.Alert {
		d.out.Reject = action
	}
	if r.wide(f) && !d.out.DropFlow {
		d.out.DropFlow = true
		if d.session != nil && !d.engine.options.DetectOnly {
			d.session.flags |= sessionDropped
			d.session.by = r.sig
		}
	}
}

// add puts an alert into the result.
func (r *Result) add(a Alert) {
	if r.count == MaxAlerts {
		r.Lost++
		return
	}
	r.alerts[r.count] = a
	r.count++
}
