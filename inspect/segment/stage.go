package segment

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules"
)

// Name is the stage's name in log, metric and configuration.
const Name = "segment"

// Kind says how a flow, or a packet without one, was decided; it is kept in
// flow.Judgement.Kind.
type Kind uint8

// The kinds. All but ByACL are keys of [control].
const (
	ByACL Kind = iota
	ARP
	ND
	DHCP
	Broadcast
	Multicast
	Other
)

var kindNames = [...]string{"acl", "arp", "nd", "dhcp", "broadcast", "multicast", "other"}

// String is the key of [control], or "acl".
func (k Kind) String() string { return kindNames[k] }

// Stage is the segment ACL: the first inspector.
type Stage struct {
	Set      *rules.Set
	Policy   *Policy
	Revision uint32 // of the policy, never 0

	bindings *Bindings
	control  [len(kindNames)]rules.ControlAction
}

// NewStage wraps a compiled policy. bindings outlive a reload; they are shared
// by all stages of an appliance.
func NewStage(set *rules.Set, policy *Policy, revision uint32, bindings *Bindings) *Stage {
	c := &set.Control
	return &Stage{
		Set: set, Policy: policy, Revision: revision, bindings: bindings,
		control: [...]rules.ControlAction{
			ByACL: rules.ControlPolicy, ARP: c.ARP, ND: c.ND, DHCP: c.DHCP,
			Broadcast: c.Broadcast, Multicast: c.Multicast, Other: c.Other,
		},
	}
}

// Name implements pipeline.Stage.
func (s *Stage) Name() string { return Name }

// Inspector implements pipeline.Stage.
func (s *Stage) Inspector() pipeline.Inspector { return &inspector{Stage: s} }

type inspector struct {
	*Stage
	scratch Scratch
}

// Inspect implements pipeline.Inspector. The first packet of a flow walks the
// policy; the flow remembers what was decided, and by which revision.
func (i *inspector) Inspect(p *pipeline.Packet) pipeline.Verdict {
	r := p.State()
	if r == nil {
		v := i.withoutFlow(p)
		if v != pipeline.Drop {
			i.learn(p)
		}
		return v
	}
	if i.holds(r, p) {
		return i.conclude(&r.Judgement, p)
	}
	j := i.judge(r, p)
	if i.contradicts(&r.Judgement, &j, p) {
		i.learn(p)
		return p.Deny(pipeline.SegmentDenied, j.Rule)
	}
	r.Judgement = j
	return i.conclude(&r.Judgement, p)
}

// contradicts says whether an answer shows another group than the flow's
// judgement rests on, with which the flow would not pass. It falls alone: were
// the flow denied, a single packet with a false sender could end it.
func (i *inspector) contradicts(old, now *flow.Judgement, p *pipeline.Packet) bool {
	return p.Direction() == flow.ToInitiator && !p.Related() && old.Revision == i.Revision && !old.Uncertain &&
		rules.Action(old.Action) == rules.Allow && rules.Action(now.Action) != rules.Allow
}

// conclude turns a judgement into a verdict. Who may not speak is not believed
// either, unless it is for lack of what is to be learned here.
func (i *inspector) conclude(j *flow.Judgement, p *pipeline.Packet) pipeline.Verdict {
	v := verdict(j, p)
	if v != pipeline.Drop || j.Uncertain {
		i.learn(p)
	}
	return v
}

// withoutFlow decides on what is not IP.
func (i *inspector) withoutFlow(p *pipeline.Packet) pipeline.Verdict {
	if i.control[KindOf(p)] == rules.ControlAllow {
		return p.Allow(-1)
	}
	return p.Deny(pipeline.ControlDenied, -1)
}

// holds says whether the flow's judgement is that of this policy and rests on
// what the packet shows.
func (i *inspector) holds(r *flow.Record, p *pipeline.Packet) bool {
	j := &r.Judgement
	if j.Revision != i.Revision || j.Uncertain {
		return false
	}
	if p.Related() {
		return true
	}
	group, _ := p.Group()
	if p.Direction() == flow.ToInitiator {
		return !i.Policy.UsesGroup() || Kind(j.Kind) != ByACL || group == j.DstGroup
	}
	// Not all that makes control traffic is in the flow's key: what was let
	// pass as such covers nothing else.
	if i.decider(p) != Kind(j.Kind) {
		return false
	}
	if i.Policy.UsesGroup() && group != j.SrcGroup {
		return false
	}
	if i.Policy.UsesMAC() {
		src, dst := endMACs(p)
		return src == j.SrcMAC && dst == j.DstMAC
	}
	return true
}

// decider says which key of [control] decides on a packet, ByACL if none.
func (i *inspector) decider(p *pipeline.Packet) Kind {
	kind := KindOf(p)
	if i.control[kind] == rules.ControlPolicy {
		return ByACL
	}
	return kind
}

// judge decides on a flow.
func (i *inspector) judge(r *flow.Record, p *pipeline.Packet) flow.Judgement {
	kind := i.decider(p)
	if p.Related() {
		kind = Kind(r.Judgement.Kind)
	}
	if action := i.control[kind]; action != rules.ControlPolicy {
		j := flow.Judgement{
			Revision: i.Revision, Rule: NoRule, From: -1, To: -1, Kind: uint8(kind), Action: uint8(rules.Deny),
		}
		if action == rules.ControlAllow {
			j.Action = uint8(rules.Allow)
		}
		return j
	}
	q := i.Query(p)
	d := i.Policy.Cautious(&q, i.Policy.Lookup(&q, &i.scratch))
	return flow.Judgement{
		Revision: i.Revision, Rule: d.Rule, From: d.From, To: d.To,
		Action: uint8(d.Action), Log: uint8(i.log(d.Rule)), Kind: uint8(ByACL), Uncertain: d.UsedUnknownGroup,
		SrcGroup: q.From.Group, DstGroup: q.To.Group, SrcMAC: q.From.MAC, DstMAC: q.To.MAC,
	}
}

func (i *inspector) log(rule int32) rules.Log {
	if rule == NoRule {
		return i.Set.Policy.Log
	}
	return i.Set.ACL[rule].Log
}

// verdict turns a judgement into what the pipeline does with a packet.
func verdict(j *flow.Judgement, p *pipeline.Packet) pipeline.Verdict {
	switch {
	case rules.Action(j.Action) == rules.Allow:
		return p.Allow(j.Rule)
	case Kind(j.Kind) != ByACL:
		return p.DenyFlow(pipeline.ControlDenied, j.Rule, false)
	case rules.Action(j.Action) == rules.Reject:
		return p.DenyFlow(pipeline.SegmentRejected, j.Rule, true)
	}
	return p.DenyFlow(pipeline.SegmentDenied, j.Rule, false)
}

// Query returns what the policy is asked about the flow of a packet: its two
// ends as far as they are known from this and earlier packets.
func (s *Stage) Query(p *pipeline.Packet) Query {
	r := p.State()
	src, dst := endMACs(p)
	if p.Related() {
		src, dst = r.Judgement.SrcMAC, r.Judgement.DstMAC
	} else if p.Direction() == flow.ToInitiator {
		src, dst = dst, src
	}
	return s.query(r, src, dst)
}

// QueryFlow is Query without a packet: what the policy would be asked if another
// came from those whom the flow's judgement rests on.
func (s *Stage) QueryFlow(r *flow.Record) Query {
	return s.query(r, r.Judgement.SrcMAC, r.Judgement.DstMAC)
}

func (s *Stage) query(r *flow.Record, src, dst [6]byte) Query {
	q := Query{VNI: r.Key.VNI, Service: servicePoint(&r.Key)}
	q.From.Addr, q.To.Addr = r.Key.Src, r.Key.Dst
	q.From.MAC, q.To.MAC = src, dst
	s.groupOf(&q.From, r, flow.ToResponder)
	s.groupOf(&q.To, r, flow.ToInitiator)
	return q
}

// groupOf sets the group of the flow's end that sends in a direction: what it
// said in this flow, or what was learned from it.
func (s *Stage) groupOf(e *Endpoint, r *flow.Record, sends flow.Direction) {
	if r.Heard(sends) {
		e.Group = r.Group[sends]
		return
	}
	var known bool
	e.Group, known = s.bindings.Group(r.Key.VNI, &e.Addr)
	e.NoGroup = !known
}

// servicePoint is the service of a flow as rules name it.
func servicePoint(k *flow.Key) uint32 {
	switch k.Proto {
	case wire.ProtoICMP, wire.ProtoICMPv6:
		return rules.Point(k.Proto, k.ICMP)
	}
	return rules.Point(k.Proto, k.DstPort)
}

func endMACs(p *pipeline.Packet) (src, dst [6]byte) {
	if e := p.Inner(); e != nil {
		return e.Src(), e.Dst()
	}
	return src, dst
}

// learnEvery is how often a flow's direction teaches the group of its sender, in
// packets: also with the packet that is the last before the flow is offloaded.
const learnEvery = 8

// learn notes the sender's group, 0 if it has none, where groups matter: from
// the first packet of a flow's direction and now and then, and from ARP.
func (i *inspector) learn(p *pipeline.Packet) {
	group, _ := p.Group()
	if p.Depth() > 0 || p.Related() || !i.Policy.UsesGroup() {
		return
	}
	if r := p.State(); r != nil {
		n := r.Packets[p.Direction()]
		if n == 1 || n%learnEvery == 0 || r.Judgement.Uncertain || group != r.Group[p.Direction()] {
			i.bindings.Learn(p.VNI(), &p.Flow.Src, group, p.Time())
		}
		return
	}
	if p.IsARP() && p.ARP().Valid() {
		addr := wire.Map4(p.ARP().SenderIP())
		i.bindings.Learn(p.VNI(), &addr, group, p.Time())
	}
}
