package eve

import (
	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// appendDrop appends what Suricata's drop events say, and the verdict.
func appendDrop(o *object, e *Event) {
	f := &e.Frame
	o.sub("drop")
	if !e.IsIP {
		o.uint("len", uint64(e.Length))
	} else {
		appendIP(o, f)
		appendTransport(o, f, e.Key.Proto)
	}
	o.text("reason", dropReason(e))
	o.close()
	appendVerdict(o, e)
	appendContent(o, e)
}

// dropReason is Suricata's word where a signature dropped the packet, or its flow before.
func dropReason(e *Event) string {
	switch {
	case e.Reason != pipeline.Signature && e.Reason != pipeline.SignatureRejected:
		return e.Reason.String()
	case e.Rated:
		return "threshold detection_filter"
	case len(e.Text) > 0:
		return "rules"
	}
	return "flow drop"
}

// appendIP appends the fields of the inner IP header. IPv6 has others.
func appendIP(o *object, f *frame) {
	o.uint("len", uint64(f.ipLen))
	if f.version == 6 {
		o.uint("tc", uint64(f.tos))
		o.uint("hoplimit", uint64(f.ttl))
		o.uint("flowlbl", uint64(f.flowLabel))
		return
	}
	o.uint("tos", uint64(f.tos))
	o.uint("ttl", uint64(f.ttl))
	o.uint("ipid", uint64(f.ipID))
}

func appendTransport(o *object, f *frame, proto uint8) {
	switch proto {
	case wire.ProtoTCP:
		o.uint("tcpseq", uint64(f.seq))
		o.uint("tcpack", uint64(f.ack))
		o.uint("tcpwin", uint64(f.window))
		appendTCPFlags(o, f.tcpFlags)
		o.uint("tcpres", uint64(f.tcpReserved))
		o.uint("tcpurgp", uint64(f.urgent))
	case wire.ProtoUDP:
		o.uint("udplen", uint64(f.udpLen))
	case wire.ProtoICMP, wire.ProtoICMPv6:
		o.uint("icmp_id", uint64(f.icmpID))
		o.uint("icmp_seq", uint64(f.icmpSeq))
	}
}

// appendVerdict appends what became of the packet. To Suricata a rejected
// packet is a dropped one that was answered.
func appendVerdict(o *object, e *Event) {
	o.sub("verdict")
	switch {
	case e.Monitored:
		o.text("action", "pass")
		o.bool("monitor", true)
	case e.Verdict != pipeline.Drop:
		o.text("action", "pass")
	case e.Rejected:
		o.text("action", "drop")
		o.key("reject")
		if e.Key.Proto == wire.ProtoTCP {
			o.b = append(o.b, `["tcp-reset"]`...)
		} else {
			o.b = append(o.b, `["icmp-prohib"]`...)
		}
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
