package eve

import (
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
	"vxwall/rules"
)

// appendFlow appends a flow's beginning, or all of it once it has ended.
func (w *Writer) appendFlow(o *object, e *Event) {
	r := &e.Record
	if e.App != "" {
		o.text("app_proto", e.App)
	}
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
	o.bool("alerted", e.Alerted)
	if w.stops(r) {
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

// stops says whether the policy stopped the flow: one that only monitors
// stops none.
func (w *Writer) stops(r *flow.Record) bool {
	set, _ := w.cfg.Policies.Policy(r.Judgement.Revision)
	return r.Judgement.Revision != 0 && rules.Action(r.Judgement.Action) != rules.Allow &&
		(set == nil || set.Policy.Mode == rules.Enforce)
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
	o.hex("tcp_flags", flags)
	o.hex("tcp_flags_ts", r.TCPFlags[0])
	o.hex("tcp_flags_tc", r.TCPFlags[1])
	for i, name := range tcpFlagNames {
		if flags&(1<<i) != 0 {
			o.bool(name, true)
		}
	}
	o.text("state", tcpStates[r.State])
	o.close()
}

// tcpStates are Suricata's words for the states.
var tcpStates = [...]string{
	flow.New: "syn_sent", flow.Answered: "syn_recv", flow.Established: "established",
	flow.Closing: "fin_wait1", flow.Closed: "closed",
}
