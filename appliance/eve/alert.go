package eve

import (
	"encoding/base64"
	"slices"

	"vxwall/inspect/app"
	"vxwall/inspect/ips"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

var _ ips.Sink = (*Log)(nil)

// maxQuote bounds what an alert quotes of a payload or a stream.
const maxQuote = 4096

// Alert implements ips.Sink.
func (l *Log) Alert(at *app.Moment, f *ips.Found) {
	e := l.content("alert", at)
	if e == nil {
		return
	}
	e.Direction = f.Dir
	if at.Packet == nil {
		e.Key = at.Record.Toward(f.Dir)
	}
	o := &l.fields
	if f.Alert.Tx != ips.NoTx {
		o.Int("tx_id", int64(f.Alert.Tx))
	}
	appendAlert(o, f, l.writer.cfg.Classes)
	if f.Tx != nil && e.App != "" {
		l.appendTx(e.App, f)
	}
	appendFate(o, f)
	if at.Record != nil {
		appendTotals(o, at.Record)
	}
	if l.writer.cfg.Payload {
		quote(o, at, f)
	}
	l.finish(e)
}

// appendTx appends the event of the transaction that an alert is about, and its files.
func (l *Log) appendTx(name string, f *ips.Found) {
	o := &l.fields
	o.Object(name)
	f.Tx.Describe(o)
	o.End()
	l.letter(f.Tx)
	files := f.Tx.Files(f.Dir)
	if !slices.ContainsFunc(files, isFile) {
		return
	}
	o.List("files")
	for _, file := range files {
		if !isFile(file) {
			continue
		}
		o.Object("")
		appendFile(o, f.Tx, file)
		o.End()
	}
	o.End()
}

func isFile(f *app.File) bool { return !f.Inline }

// Blocks implements ips.Sink.
func (l *Log) Blocks(p *pipeline.Packet, s *suricata.Signature, rated bool) {
	l.blocker = blocker{p, s, rated}
}

// blocker is the signature that drops a packet, until its drop was told.
type blocker struct {
	packet    *pipeline.Packet
	signature *suricata.Signature
	rated     bool
}

// blockedBy completes the event of a drop with the signature that asked for it.
func (l *Log) blockedBy(e *Event, p *pipeline.Packet) {
	if l.blocker.packet != p || l.blocker.signature == nil {
		return
	}
	l.fields.object = object{b: e.Text, first: true}
	l.fields.lists = l.fields.lists[:0]
	appendSignature(&l.fields, l.blocker.signature, "blocked", l.writer.cfg.Classes)
	e.Text, e.Rated = l.fields.b, l.blocker.rated
}

func appendAlert(o *fields, f *ips.Found, classes map[string]suricata.Class) {
	action := "allowed"
	if f.Dropped && !f.Monitored {
		action = "blocked"
	}
	appendSignature(o, f.Signature, action, classes)
}

func appendSignature(o *fields, s *suricata.Signature, action string, classes map[string]suricata.Class) {
	o.Object("alert")
	o.String("action", []byte(action))
	o.Int("gid", int64(s.GID))
	o.Int("signature_id", int64(s.SID))
	o.Int("rev", int64(s.Rev))
	o.String("signature", []byte(s.Msg))
	o.String("category", []byte(classes[s.Classtype].Description))
	o.Int("severity", int64(s.Priority))
	appendMetadata(o, s.Metadata)
	appendReferences(o, s.References)
	o.End()
}

// appendMetadata appends what a rule says of itself: each key once, with its values.
func appendMetadata(o *fields, pairs []suricata.Pair) {
	if len(pairs) == 0 {
		return
	}
	o.Object("metadata")
	for i, p := range pairs {
		if named(pairs[:i], p.Key) {
			continue
		}
		o.List(p.Key)
		for _, q := range pairs[i:] {
			if q.Key == p.Key {
				o.String("", []byte(q.Value))
			}
		}
		o.End()
	}
	o.End()
}

// referencePrefixes are what the types of references stand for.
var referencePrefixes = map[string]string{
	"url": "http://", "cve": "https://cve.mitre.org/cgi-bin/cvename.cgi?name=", "bugtraq": "http://www.securityfocus.com/bid/",
	"md5": "http://www.threatexpert.com/report.aspx?md5=", "nessus": "http://cgi.nessus.org/plugins/dump.php3?id=",
}

// appendReferences appends what a rule is about elsewhere, as addresses of pages.
func appendReferences(o *fields, list []suricata.Reference) {
	if len(list) == 0 {
		return
	}
	o.List("references")
	for _, r := range list {
		o.String("", append([]byte(referencePrefixes[r.Type]), r.Value...))
	}
	o.End()
}

// appendFate appends what becomes of the packet that an alert is about.
func appendFate(o *fields, f *ips.Found) {
	action := "alert"
	switch {
	case f.Dropped && !f.Monitored:
		action = "drop"
	case f.Passed:
		action = "pass"
	}
	o.Object("verdict")
	o.String("action", []byte(action))
	if target := rejectTargets[f.Reject]; target != "" && action == "drop" {
		o.String("reject_target", []byte(target))
		o.List("reject")
		if f.TCP {
			o.String("", []byte("tcp-reset"))
		} else {
			o.String("", []byte("icmp-prohib"))
		}
		o.End()
	}
	o.End()
}

// rejectTargets are the ends that are told.
var rejectTargets = map[suricata.Action]string{
	suricata.Reject: "to_client", suricata.RejectDst: "to_server", suricata.RejectBoth: "both",
}

func named(pairs []suricata.Pair, key string) bool {
	for _, p := range pairs {
		if p.Key == key {
			return true
		}
	}
	return false
}

// appendTotals appends what the flow carried so far.
func appendTotals(o *fields, r *flow.Record) {
	o.Object("flow")
	o.Int("pkts_toserver", int64(r.Packets[flow.ToResponder]))
	o.Int("pkts_toclient", int64(r.Packets[flow.ToInitiator]))
	o.Int("bytes_toserver", int64(r.Bytes[flow.ToResponder]))
	o.Int("bytes_toclient", int64(r.Bytes[flow.ToInitiator]))
	o.time("start", r.First)
	o.addr("src_ip", r.Key.Src)
	o.addr("dest_ip", r.Key.Dst)
	if r.Key.SrcPort|r.Key.DstPort != 0 {
		o.uint("src_port", uint64(r.Key.SrcPort))
		o.uint("dest_port", uint64(r.Key.DstPort))
	}
	o.End()
}

// quote appends the bytes that a signature spoke about.
func quote(o *fields, at *app.Moment, f *ips.Found) {
	var data []byte
	fromStream := int64(0)
	switch {
	case f.Alert.Stream:
		data, fromStream = f.Stream, 1
	case at.Packet != nil && at.Packet.IsIP():
		data = at.Packet.Payload()
	}
	if len(data) > maxQuote {
		data = data[len(data)-maxQuote:]
	}
	if len(data) > 0 {
		o.begin("payload")
		o.b = append(o.b, '"')
		o.b = base64.StdEncoding.AppendEncode(o.b, data)
		o.b = append(o.b, '"')
		o.begin("payload_printable")
		o.b = append(o.b, '"')
		o.b = appendPrintable(o.b, data)
		o.b = append(o.b, '"')
	}
	o.Int("stream", fromStream)
}

// appendPrintable appends bytes as Suricata's payload_printable has them: what cannot
// be printed is a dot.
func appendPrintable(b, data []byte) []byte {
	for _, c := range data {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', c)
		case c == '\r':
			b = append(b, `\r`...)
		case c == '\n':
			b = append(b, `\n`...)
		case c >= 0x20 && c < 0x7f:
			b = append(b, c)
		default:
			b = append(b, '.')
		}
	}
	return b
}
