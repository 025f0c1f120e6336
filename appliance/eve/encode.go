package eve

import (
	"strconv"

	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules"
)

var eventTypes = [...]string{Dropped: "drop", Anomaly: "anomaly", FlowStart: "flow", FlowEnd: "flow", Stats: "stats"}

// stageNames are the pipeline's stages by number.
var stageNames = [...]string{"decap", "flow", segment.Name}

// append appends an event as one line of JSON.
func (w *Writer) append(b []byte, e *Event) []byte {
	o := object{b: b}
	o.open()
	o.time("timestamp", e.Time)
	if e.Kind == Stats {
		o.text("event_type", eventTypes[e.Kind])
		appendStats(&o, w, e.Stats)
		o.close()
		return append(o.b, '\n')
	}
	if e.HasFlow {
		o.uint("flow_id", e.Record.ID)
	}
	if w.cfg.Capture && e.Kind != FlowEnd {
		o.uint("pcap_cnt", e.Handle)
	}
	o.text("event_type", eventTypes[e.Kind])
	appendTuple(&o, e)
	appendVXLAN(&o, e)
	w.appendPolicy(&o, e)
	switch e.Kind {
	case Dropped:
		appendDrop(&o, e)
	case Anomaly:
		appendAnomaly(&o, e)
	case FlowStart, FlowEnd:
		appendFlow(&o, e)
	}
	o.close()
	return append(o.b, '\n')
}

// appendTuple appends who speaks to whom.
func appendTuple(o *object, e *Event) {
	k := &e.Key
	if k.Src == [16]byte{} && k.Dst == [16]byte{} {
		if e.Frame.hasMAC {
			o.sub("ether")
			o.mac("src_mac", e.Frame.srcMAC)
			o.mac("dest_mac", e.Frame.dstMAC)
			o.uint("ether_type", uint64(e.Frame.etherType))
			o.close()
		}
		return
	}
	ports := k.Proto == wire.ProtoTCP || k.Proto == wire.ProtoUDP || k.Proto == wire.ProtoSCTP
	o.addr("src_ip", k.Src)
	if ports {
		o.uint("src_port", uint64(k.SrcPort))
	}
	o.addr("dest_ip", k.Dst)
	if ports {
		o.uint("dest_port", uint64(k.DstPort))
	}
	o.text("proto", protoName(k.Proto))
	if wire.Is4(&k.Src) {
		o.uint("ip_v", 4)
	} else {
		o.uint("ip_v", 6)
	}
	appendICMP(o, e)
	if e.HasFlow && e.Kind != FlowEnd {
		o.text("direction", [...]string{"to_server", "to_client"}[e.Direction])
	}
}

func appendICMP(o *object, e *Event) {
	if e.Key.Proto != wire.ProtoICMP && e.Key.Proto != wire.ProtoICMPv6 || !e.IsIP {
		return
	}
	kind, code := e.Frame.icmpType, e.Frame.icmpCode
	if e.Kind == FlowEnd {
		kind, code = uint8(e.Key.ICMP>>8), uint8(e.Key.ICMP)
	}
	o.uint("icmp_type", uint64(kind))
	o.uint("icmp_code", uint64(code))
}

// appendVXLAN appends the network the packet belongs to.
func appendVXLAN(o *object, e *Event) {
	o.sub("vxlan")
	o.uint("vni", uint64(e.Key.VNI))
	if e.Tagged {
		o.uint("group", uint64(e.Group))
	}
	if e.Encapsulated {
		if e.VTEPSrc != [16]byte{} {
			o.addr("vtep_src", e.VTEPSrc)
		}
		if e.VTEPDst != [16]byte{} {
			o.addr("vtep_dst", e.VTEPDst)
		}
	}
	o.close()
	if e.Key.VLAN != 0 {
		o.key("vlan")
		o.b = append(o.b, '[')
		if outer := e.Key.VLAN >> 16; outer != 0 {
			o.b = append(strconv.AppendUint(o.b, uint64(outer), 10), ',')
		}
		o.b = append(strconv.AppendUint(o.b, uint64(e.Key.VLAN&0xfff), 10), ']')
	}
	if e.Key.Nested != 0 {
		o.sub("tunnel")
		o.uint("depth", uint64(e.Key.Nested>>24))
		o.uint("id", uint64(e.Key.Nested&0xffffff))
		o.close()
	}
}

// appendPolicy appends what the policy decided and why.
func (w *Writer) appendPolicy(o *object, e *Event) {
	revision := w.cfg.Policies.Latest()
	judged := e.HasFlow && e.Record.Judgement.Revision != 0
	if judged {
		revision = e.Record.Judgement.Revision
	}
	set, name := w.cfg.Policies.Policy(revision)
	if judged {
		j := &e.Record.Judgement
		o.sub("segment")
		o.text("src", segmentName(set, j.From))
		o.text("dst", segmentName(set, j.To))
		o.close()
		o.sub("acl")
		o.text("rule", ruleName(set, j))
		o.text("action", rules.Action(j.Action).String())
		o.close()
	}
	if e.Kind == Dropped || e.Kind == Anomaly {
		o.text("stage", stageNames[e.Stage])
		o.text("reason", e.Reason.String())
	}
	if name != "" {
		o.text("policy_revision", name)
	}
}

// segmentName is the name of a segment, "" if the workload is in none.
func segmentName(set *rules.Set, index int32) string {
	if set == nil || index < 0 || int(index) >= len(set.Segments) {
		return ""
	}
	return set.Segments[index].Name
}

// ruleName is the name of the rule that judged: an ACL rule, "default", or
// "control.arp" and the like.
func ruleName(set *rules.Set, j *flow.Judgement) string {
	if kind := segment.Kind(j.Kind); kind != segment.ByACL {
		return "control." + kind.String()
	}
	if j.Rule < 0 {
		return "default"
	}
	if set == nil || int(j.Rule) >= len(set.ACL) {
		return "#" + strconv.Itoa(int(j.Rule))
	}
	return set.ACL[j.Rule].Name
}

// appendDrop appends what Suricata's drop events say, and the verdict.
func appendDrop(o *object, e *Event) {
	f := &e.Frame
	o.sub("drop")
	if !e.IsIP {
		o.uint("len", uint64(e.Length))
	} else {
		o.uint("len", uint64(f.ipLen))
		o.uint("tos", uint64(f.tos))
		o.uint("ttl", uint64(f.ttl))
		o.uint("ipid", uint64(f.ipID))
		if e.Key.Proto == wire.ProtoTCP {
			o.uint("tcpseq", uint64(f.seq))
			o.uint("tcpack", uint64(f.ack))
			o.uint("tcpwin", uint64(f.window))
			appendTCPFlags(o, f.tcpFlags)
		}
	}
	o.text("reason", e.Reason.String())
	o.close()
	appendVerdict(o, e)
}

func appendVerdict(o *object, e *Event) {
	o.sub("verdict")
	switch {
	case e.Monitored:
		o.text("action", "pass")
		o.bool("monitor", true)
	case e.Verdict != pipeline.Drop:
		o.text("action", "pass")
	case e.Rejected:
		o.text("action", "reject")
	default:
		o.text("action", "drop")
	}
	o.close()
}

var tcpFlagNames = [...]string{"fin", "syn", "rst", "psh", "ack", "urg", "ecn", "cwr"}

// appendTCPFlags appends the flags of a packet, Suricata's six.
func appendTCPFlags(o *object, flags wire.TCPFlags) {
	for i, name := range tcpFlagNames[:6] {
		o.bool(name, flags&(1<<i) != 0)
	}
}

func appendAnomaly(o *object, e *Event) {
	o.sub("anomaly")
	if e.Stage == pipeline.StageFlow {
		o.text("type", "stream")
	} else {
		o.text("type", "decode")
	}
	o.text("event", e.Reason.String())
	o.close()
	appendVerdict(o, e)
}

func appendFlow(o *object, e *Event) {
	r := &e.Record
	o.sub("flow")
	o.uint("pkts_toserver", r.Packets[0])
	o.uint("pkts_toclient", r.Packets[1])
	o.uint("bytes_toserver", r.Bytes[0])
	o.uint("bytes_toclient", r.Bytes[1])
	o.time("start", r.First)
	if e.Kind == FlowEnd {
		o.time("end", r.Last)
		o.uint("age", uint64(max(0, r.Last-r.First)/1e9))
		o.text("state", flowState(r.State))
		o.text("reason", e.End.String())
	} else {
		o.text("state", "new")
		o.text("reason", "start")
	}
	o.bool("alerted", false)
	if rules.Action(r.Judgement.Action) != rules.Allow {
		o.text("action", "drop")
	}
	if r.Flags&flow.PickedUp != 0 {
		o.bool("midstream", true)
	}
	o.close()
	if r.Key.Proto == wire.ProtoTCP {
		appendTCP(o, r)
	}
}

// flowState is Suricata's word for the state.
func flowState(s flow.State) string {
	switch s {
	case flow.New, flow.Answered:
		return "new"
	case flow.Closed:
		return "closed"
	}
	return "established"
}

func appendTCP(o *object, r *flow.Record) {
	flags := r.TCPFlags[0] | r.TCPFlags[1]
	o.sub("tcp")
	o.text("tcp_flags", hexByte(flags))
	o.text("tcp_flags_ts", hexByte(r.TCPFlags[0]))
	o.text("tcp_flags_tc", hexByte(r.TCPFlags[1]))
	for i, name := range tcpFlagNames {
		if flags&(1<<i) != 0 {
			o.bool(name, true)
		}
	}
	o.text("state", r.State.String())
	o.close()
}

func hexByte(b uint8) string { return string([]byte{hex[b>>4], hex[b&15]}) }

// appendStats appends counters in the shape of Suricata's stats, then ours.
func appendStats(o *object, w *Writer, c *pipeline.Counters) {
	dropped := c.TotalDropped()
	o.sub("stats")
	o.sub("decoder")
	o.uint("pkts", c.Received.Packets)
	o.uint("bytes", c.Received.Bytes)
	o.close()
	o.sub("ips")
	o.uint("accepted", c.Forwarded.Packets)
	o.uint("blocked", dropped.Packets)
	o.close()
	o.sub("flow")
	o.uint("total", c.Flows.Created)
	o.uint("active", uint64(c.Flows.Live))
	o.uint("evicted", c.Flows.Evicted)
	o.close()
	o.sub("vxwall")
	o.uint("held", c.Held)
	o.uint("reassembled", c.Reassembled)
	o.uint("nested", c.Nested)
	o.uint("reserved_bits", c.Reserved)
	o.uint("answers", c.Answers)
	o.uint("events_lost", w.Lost())
	appendReasons(o, "dropped", &c.Dropped)
	appendReasons(o, "monitored", &c.Monitored)
	o.sub("uninspected")
	for reason, tally := range c.Uninspected {
		if tally.Packets > 0 {
			o.uint(pipeline.Reason(reason).String(), tally.Packets)
		}
	}
	o.close()
	o.close()
	o.close()
}

func appendReasons(o *object, name string, counts *[pipeline.MaxStages][pipeline.Reasons]pipeline.Tally) {
	o.sub(name)
	for stage := range counts {
		for reason, tally := range counts[stage] {
			if tally.Packets > 0 {
				o.uint(pipeline.Reason(reason).String(), tally.Packets)
			}
		}
	}
	o.close()
}

// protoName is Suricata's name of an IP protocol, else its number.
func protoName(proto uint8) string {
	switch proto {
	case wire.ProtoICMP:
		return "ICMP"
	case wire.ProtoTCP:
		return "TCP"
	case wire.ProtoUDP:
		return "UDP"
	case wire.ProtoICMPv6:
		return "IPv6-ICMP"
	case wire.ProtoSCTP:
		return "SCTP"
	case wire.ProtoGRE:
		return "GRE"
	case wire.ProtoESP:
		return "ESP"
	case wire.ProtoAH:
		return "AH"
	case wire.ProtoIGMP:
		return "IGMP"
	}
	return strconv.Itoa(int(proto))
}
