package eve

import (
	"strconv"

	"vxwall/inspect/ips"
	"vxwall/inspect/segment"
	"vxwall/pipeline/wire"
)

var eventTypes = [...]string{Dropped: "drop", Anomaly: "anomaly", FlowStart: "flow", FlowEnd: "flow", Found: "guard", Stats: "stats", Content: ""}

// stageNames are the pipeline's stages by number.
var stageNames = [...]string{"decap", "guard", "flow", "encap", segment.Name, ips.Name}

// stageName is the name of a stage. Those that have none yet have a number.
func stageName(stage int) string {
	if stage < len(stageNames) {
		return stageNames[stage]
	}
	return "stage-" + strconv.Itoa(stage)
}

// append appends an event as one line of JSON.
func (w *Writer) append(b []byte, e *Event) []byte {
	o := object{b: b, long: w.cfg.LongIPv6}
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
	if w.cfg.Capture && e.Handle != 0 {
		o.uint("pcap_cnt", e.Handle)
	}
	if e.Kind == Content {
		o.text("event_type", e.Type)
	} else {
		o.text("event_type", eventTypes[e.Kind])
	}
	appendTuple(&o, e)
	appendVXLAN(&o, e)
	w.appendPolicy(&o, e)
	switch e.Kind {
	case Dropped:
		appendDrop(&o, e)
	case Anomaly:
		appendAnomaly(&o, e)
	case Found:
		appendGuard(&o, &e.Finding)
	case FlowStart, FlowEnd:
		w.appendFlow(&o, e)
	case Content:
		appendContent(&o, e)
	}
	o.close()
	return append(o.b, '\n')
}

// appendTuple appends who speaks to whom, as far as the packet is sound: a
// fragment shows no ports.
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
	ports := k.SrcPort|k.DstPort != 0 && (k.Proto == wire.ProtoTCP || k.Proto == wire.ProtoUDP || k.Proto == wire.ProtoSCTP)
	o.addr("src_ip", k.Src)
	if ports {
		o.uint("src_port", uint64(k.SrcPort))
	}
	o.addr("dest_ip", k.Dst)
	if ports {
		o.uint("dest_port", uint64(k.DstPort))
	}
	appendProto(o, k.Proto)
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

// appendVXLAN appends the network the packet belongs to. A packet that was
// refused before its VXLAN header was read belongs to none.
func appendVXLAN(o *object, e *Event) {
	if !e.Encapsulated && !e.HasFlow && e.Key.VNI == 0 {
		return
	}
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

// protoNames are Suricata's names of IP protocols.
var protoNames = [256]string{
	wire.ProtoICMP: "ICMP", wire.ProtoIGMP: "IGMP", wire.ProtoTCP: "TCP", wire.ProtoUDP: "UDP", wire.ProtoGRE: "GRE",
	wire.ProtoESP: "ESP", wire.ProtoAH: "AH", wire.ProtoICMPv6: "IPv6-ICMP", wire.ProtoSCTP: "SCTP",
}

// appendProto appends the protocol by name, or by its number.
func appendProto(o *object, proto uint8) {
	if name := protoNames[proto]; name != "" {
		o.text("proto", name)
	} else {
		o.number("proto", "", int(proto))
	}
}
