package appliance

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules"
)

// Explanation says why a flow, or a packet of a capture, passes or not.
type Explanation struct {
	Packet *PacketReport         `json:"packet,omitempty"` // nil for a flow
	Steps  []Step                `json:"steps"`
	Policy []segment.Explanation `json:"policy,omitempty"` // one for the inner packet, one for each nested tunnel
	// Signatures are those that were asked about the packet.
	Signatures []SignatureReport `json:"signatures,omitempty"`
	Verdict    VerdictReport     `json:"verdict"`
	Revision   string            `json:"policy_revision,omitempty"`
}

// PacketReport names the packet that is explained.
type PacketReport struct {
	File   string    `json:"file"`
	Number uint64    `json:"number"`
	Time   time.Time `json:"time"`
	Bytes  int       `json:"bytes"`
}

// Step is one step on the road of the packet.
type Step struct {
	Name   string `json:"name"`
	Result string `json:"result"` // "ok", or what was decided
	Text   string `json:"text"`
}

// VerdictReport is what became of the packet, in the words of the event log.
type VerdictReport struct {
	Action    string `json:"action"` // forward | drop | reject
	Reason    string `json:"reason"` // ok, or why
	Stage     string `json:"stage,omitempty"`
	Monitored bool   `json:"monitored,omitempty"` // forwarded only because nothing is enforced
	Held      bool   `json:"held,omitempty"`      // waited for the rest of its datagram
}

// ExplainFlow explains what the policy says of a flow's first packet.
func ExplainFlow(c *Checked, q segment.Query) *Explanation {
	e := c.Policy.Explain(&q)
	x := &Explanation{Policy: []segment.Explanation{e}}
	x.Steps = []Step{
		{"flow", "ok", fmt.Sprintf("%s -> %s, %s, in VNI %d", e.From.Addr, e.To.Addr, e.Service, e.VNI)},
		{segment.Name, e.Action, decidedBy(&e)},
	}
	x.Steps = append(x.Steps, profileSteps(c.Set, &e.Decision)...)
	x.Verdict = flowVerdict(e.Decision.Action, c.Set.Policy.Mode)
	return x
}

// flowVerdict is the verdict on a flow of which only the policy was asked.
func flowVerdict(action rules.Action, mode rules.Mode) VerdictReport {
	v := VerdictReport{Action: "forward", Reason: pipeline.OK.String(), Stage: segment.Name}
	switch action {
	case rules.Deny:
		v.Action, v.Reason = "drop", pipeline.SegmentDenied.String()
	case rules.Reject:
		v.Action, v.Reason = "reject", pipeline.SegmentRejected.String()
	}
	if v.Action != "forward" && mode == rules.Monitor {
		v.Action, v.Monitored = "forward", true
	}
	return v
}

// ExplainPacket replays a capture through the pipeline and explains what
// became of one packet.
func ExplainPacket(r *Replay, number uint64) (*Explanation, error) {
	f, stage, policies, err := trace(r, number)
	if err != nil {
		return nil, err
	}
	x := &Explanation{Packet: &PacketReport{
		File: r.In, Number: number, Bytes: len(f.frame), Time: time.Unix(0, f.time).UTC(),
	}}
	_, x.Revision = policies.Policy(policies.Latest())
	x.Verdict = f.verdict(policies.Current.Load().StageNames())
	x.Steps = append(headerSteps(r.pipelineConfig(), f), f.guardSteps(r.Config.Guard.guarded())...)
	x.Steps = append(x.Steps, f.flowSteps(x.Verdict)...)
	for i := range f.levels {
		l := &f.levels[i]
		if l.record == nil || l.kind != segment.ByACL {
			x.Steps = append(x.Steps, controlStep(l))
			continue
		}
		e := stage.Policy.Explain(&l.query)
		x.Policy = append(x.Policy, e)
		x.Steps = append(x.Steps, Step{segment.Name, e.Action, decidedBy(&e)})
	}
	x.Signatures = f.asked
	x.Steps = append(x.Steps, f.signatureStep()...)
	x.Steps = append(x.Steps, f.lastStep()...)
	return x, nil
}

// verdict is what became of the packet.
func (f *fate) verdict(stages []string) VerdictReport {
	v := VerdictReport{Action: "forward", Reason: pipeline.OK.String(), Held: f.held}
	p := f.packet
	if p == nil {
		return v
	}
	v.Reason, v.Stage, v.Monitored = p.Reason().String(), stages[p.Stage()], p.Monitored()
	switch {
	case f.forwarded:
	case p.Rejected() || p.Reason() == pipeline.SegmentRejected:
		v.Action = "reject"
	default:
		v.Action = "drop"
	}
	return v
}

// headerSteps describes the headers of the packet as far as they are sound. It
// parses them with the pipeline's own code.
func headerSteps(cfg pipeline.Config, f *fate) []Step {
	var parser pipeline.Parser
	p, reason := parser.Parse(&cfg, f.frame, f.link)
	var steps []Step
	if p.Encapsulated() {
		src, dst := p.VTEPs()
		steps = append(steps,
			Step{"outer", "ok", fmt.Sprintf("VTEP %v -> %v", addr(src), addr(dst))},
			Step{"vxlan", "ok", networkText(p)})
	} else if cfg.Plain {
		steps = append(steps, Step{"plain", "ok", fmt.Sprintf("taken as a packet of VNI %d", cfg.PlainVNI)})
	}
	if reason != pipeline.OK {
		name := "outer"
		if p.Encapsulated() || cfg.Plain {
			name = "inner"
		} else if reason == pipeline.VXLANShort || reason == pipeline.VXLANNoVNI || reason == pipeline.VXLANReserved {
			name = "vxlan"
		}
		result := "drop"
		if f.forwarded {
			result = "pass"
		}
		return append(steps, Step{name, result, reason.String() + ": " + reason.Meaning()})
	}
	return append(steps, Step{"inner", "ok", innerText(p)})
}

func networkText(p *pipeline.Packet) string {
	text := fmt.Sprintf("VNI %d", p.VXLAN().VNI())
	if group, ok := p.Group(); ok {
		text += fmt.Sprintf(", group %d", group)
	}
	return text
}

// innerText describes the inner packet in a line.
func innerText(p *pipeline.Packet) string {
	var parts []string
	if e := p.Inner(); e != nil {
		src, dst := e.Src(), e.Dst()
		parts = append(parts, fmt.Sprintf("%v -> %v", net.HardwareAddr(src[:]), net.HardwareAddr(dst[:])))
	}
	k := &p.Flow
	if k.VLAN != 0 {
		parts = append(parts, fmt.Sprintf("VLAN %s", vlanText(k.VLAN)))
	}
	switch {
	case p.IsARP():
		parts = append(parts, "ARP")
	case p.Fragment():
		parts = append(parts, fmt.Sprintf("%v -> %v", addr(k.Src), addr(k.Dst)), "a fragment: judged when its datagram is complete")
	case p.IsIP():
		parts = append(parts, tupleText(k)+flagsText(p))
	case p.Inner() != nil:
		parts = append(parts, fmt.Sprintf("EtherType 0x%04x", p.Inner().Type()))
	}
	return strings.Join(parts, ", ")
}

func vlanText(v uint32) string {
	if v>>16 != 0 {
		return fmt.Sprintf("%d.%d", v>>16, v&0xfff)
	}
	return fmt.Sprint(v)
}

// tupleText writes a flow key the way rules name services.
func tupleText(k *flow.Key) string {
	switch k.Proto {
	case wire.ProtoTCP, wire.ProtoUDP, wire.ProtoSCTP:
		name := rules.ServiceText(rules.Point(k.Proto, k.DstPort))
		return fmt.Sprintf("%v port %d -> %v %s", addr(k.Src), k.SrcPort, addr(k.Dst), name)
	case wire.ProtoICMP, wire.ProtoICMPv6:
		return fmt.Sprintf("%v -> %v %s", addr(k.Src), addr(k.Dst), rules.ServiceText(rules.Point(k.Proto, k.ICMP)))
	}
	return fmt.Sprintf("%v -> %v %s", addr(k.Src), addr(k.Dst), rules.ServiceText(rules.Point(k.Proto, 0)))
}

// flagsText writes the flags of a TCP packet, " SYN ACK".
func flagsText(p *pipeline.Packet) string {
	if p.Flow.Proto != wire.ProtoTCP {
		return ""
	}
	text := ""
	for i, name := range [...]string{"FIN", "SYN", "RST", "PSH", "ACK", "URG"} {
		if wire.TCP(p.L4()).Flags()&(1<<i) != 0 {
			text += " " + name
		}
	}
	return text
}

func addr(a [16]byte) netip.Addr { return netip.AddrFrom16(a).Unmap() }

// flowSteps describes the packet's flow.
func (f *fate) flowSteps(v VerdictReport) []Step {
	if v.Stage == "flow" {
		return []Step{{"flow", "drop", f.packet.Reason().String() + ": " + f.packet.Reason().Meaning()}}
	}
	var steps []Step
	for i := range f.levels {
		if r := f.levels[i].record; r != nil {
			steps = append(steps, Step{"flow", "ok", flowText(&f.levels[i], r)})
		}
	}
	return steps
}

func flowText(l *level, r *flow.Record) string {
	text := fmt.Sprintf("%s, packet %d of the flow", tupleText(&r.Key), r.Packets[0]+r.Packets[1])
	switch {
	case l.related:
		text += ", an ICMP error about it"
	case l.direction == flow.ToInitiator:
		text += ", from the responder"
	default:
		text += ", from the initiator"
	}
	if r.Flags&flow.PickedUp != 0 {
		text += ", picked up in the middle of the connection"
	}
	text += ", " + r.State.String()
	if l.depth > 0 {
		text = fmt.Sprintf("inside the nested tunnel: %s", text)
	}
	return text
}

// controlStep describes a decision of [control].
func controlStep(l *level) Step {
	result := "allow"
	if l.verdict == pipeline.Drop {
		result = "deny"
	}
	return Step{segment.Name, result, fmt.Sprintf("control traffic: [control] %s", l.kind)}
}

// lastStep says what the pipeline decided of fragments, or after the stages had
// let a tunnel pass, of what it carries.
func (f *fate) lastStep() []Step {
	if f.packet == nil || f.packet.Stage() != pipeline.StageDecap {
		return nil
	}
	reason := f.packet.Reason()
	name := "nested"
	if reason >= pipeline.FragmentBad && reason <= pipeline.FragmentLimit {
		name = "fragments"
	} else if len(f.levels) == 0 { // a step about its headers says so
		return nil
	}
	result := "drop"
	if f.forwarded {
		result = "pass"
	}
	return []Step{{name, result, reason.String() + ": " + reason.Meaning()}}
}

func decidedBy(e *segment.Explanation) string {
	if e.Rule == nil {
		return "no rule matches: the policy's default"
	}
	return fmt.Sprintf("rule %q at %s:%d:%d", e.Rule.Name, e.Rule.File, e.Rule.Line, e.Rule.Column)
}
