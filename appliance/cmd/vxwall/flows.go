package main

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"

	"vxwall/appliance/admin"
)

const flowsExamples = `  vxwall flows                           those with most bytes
  vxwall flows --vni 100 --host 10.1.0.5
  vxwall flows --host 10.1.0.0/24 --proto tcp --port 5432
  vxwall flows --segment web --denied --limit 500
  vxwall flows --rule web-to-db --json
`

type flowsCmd struct {
	adminFlags
	VNI     *uint32 `placeholder:"N" help:"Of this VXLAN network."`
	Host    string  `placeholder:"ADDRESS" help:"With an end of this address or prefix."`
	Port    uint16  `placeholder:"N" help:"With an end of this port."`
	Proto   string  `placeholder:"NAME" help:"Of this protocol: tcp, udp, icmp … or its number."`
	Segment string  `placeholder:"NAME" help:"With an end in this segment."`
	Rule    string  `placeholder:"NAME" help:"That this rule decided, or \"default\"."`
	Denied  bool    `help:"That are denied or rejected."`
	Limit   int     `default:"50" placeholder:"N" help:"At most so many (default: 50)."`
}

// Run prints live flows.
func (c *flowsCmd) Run(e *env) error {
	if err := checkVNI(c.VNI); err != nil {
		return err
	}
	if c.Limit < 1 || c.Limit > admin.MaxFlows {
		return usageError{fmt.Errorf("--limit: %d is not within 1 to %d", c.Limit, admin.MaxFlows)}
	}
	client, err := c.client(e)
	if err != nil {
		return err
	}
	flows, err := client.Flows(e.ctx, &admin.FlowQuery{
		Limit: c.Limit, VNI: c.VNI, Host: c.Host, Port: c.Port, Proto: strings.ToLower(c.Proto),
		Segment: c.Segment, Rule: c.Rule, Denied: c.Denied,
	})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(e, &flows)
	}
	_, err = e.stdout.Write(flowsText(&flows))
	return err
}

// flowsText writes flows for people: three short lines each.
func flowsText(f *admin.Flows) []byte {
	var b bytes.Buffer
	for i := range f.Flows {
		writeFlow(&b, &f.Flows[i])
	}
	switch {
	case f.Total == 0:
		b.WriteString("no flows\n")
	case len(f.Flows) < f.Matching:
		fmt.Fprintf(&b, "%s with most bytes of %s that match, %s live (--limit shows more)\n",
			count(len(f.Flows), "flow"), grouped(f.Matching), grouped(f.Total))
	default:
		fmt.Fprintf(&b, "%s of %s live\n", count(len(f.Flows), "flow"), grouped(f.Total))
	}
	return b.Bytes()
}

func writeFlow(b *bytes.Buffer, f *admin.Flow) {
	b.WriteString(wrap("", keyText(&f.Key)))
	verdict := "not judged yet"
	if f.Action != "" {
		verdict = fmt.Sprintf("%s by %s (policy %s), %s", f.Action, f.Rule, short(f.Revision), segmentsText(f.FromSegment, f.ToSegment))
	}
	b.WriteString(wrap("  ", fmt.Sprintf("%s, %s, age %s, idle %s%s", verdict, f.State, lasted(f.Age), lasted(f.Idle), midstream(f))))
	writeWay(b, "->", &f.Forth)
	writeWay(b, "<-", &f.Back)
}

func midstream(f *admin.Flow) string {
	if f.Midstream {
		return ", joined in its middle"
	}
	return ""
}

func writeWay(b *bytes.Buffer, arrow string, w *admin.Way) {
	if w.Packets == 0 {
		return
	}
	text := fmt.Sprintf("%s, %s", groupedCount(w.Packets, "packet"), bytesText(w.Bytes))
	if w.VTEP != "" {
		text += ", from VTEP " + w.VTEP
	}
	if w.Group != 0 {
		text += fmt.Sprintf(", group %d", w.Group)
	}
	if w.Offloaded {
		text += ", in the kernel"
	}
	b.WriteString(wrap("  "+arrow+" ", text))
}

// keyText says who speaks to whom: vni 100 tcp 10.1.0.5:40000 -> 10.2.0.9:5432.
func keyText(k *admin.Key) string {
	text := fmt.Sprintf("vni %d", k.VNI)
	if k.VLAN != "" {
		text += " vlan " + k.VLAN
	}
	if k.Nested != "" {
		text += " tunnel " + k.Nested
	}
	if k.Src == "" {
		return text
	}
	proto := k.Proto
	if k.SrcPort|k.DstPort == 0 {
		proto = k.Service
	}
	return fmt.Sprintf("%s %s %s -> %s", text, proto, withPort(k.Src, k.SrcPort), withPort(k.Dst, k.DstPort))
}

func withPort(addr string, port uint16) string {
	switch {
	case port == 0:
		return addr
	case strings.Contains(addr, ":"):
		return fmt.Sprintf("[%s]:%d", addr, port)
	}
	return fmt.Sprintf("%s:%d", addr, port)
}

// segmentsText says from which segment to which; - stands for none.
func segmentsText(from, to string) string {
	if from == "" && to == "" {
		return "no segments"
	}
	return cmp.Or(from, "-") + " -> " + cmp.Or(to, "-")
}

// short is the number of a policy's revision, which is enough for one run.
func short(revision string) string {
	number, _, _ := strings.Cut(revision, "-")
	return number
}
