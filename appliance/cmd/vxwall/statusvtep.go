package main

import (
	"bytes"
	"fmt"
	"strings"
	"text/tabwriter"

	"vxwall/appliance/admin"
)

// shownNetworks is how many networks stand in the text; all are in the JSON.
const shownNetworks = 20

// writeVTEP writes what a VTEP knows.
func writeVTEP(b *bytes.Buffer, v *admin.VTEP) {
	if v == nil {
		return
	}
	f := &v.FDB
	item(b, "vtep", "%s", strings.Join(v.Addresses, ", "))
	item(b, "fdb", "%s learned, room for %s; %s static, %s of the kernel; %s moves, %s contradictions", grouped(f.Learned), grouped(f.Capacity),
		grouped(f.Static), grouped(f.Kernel), grouped(f.Moves), grouped(f.Contradictions))
	item(b, "copies", "%s sent because packets went to several peers, %s dropped", grouped(v.Copies.Packets), grouped(v.CopiesDropped))
	if v.Strangers > 0 {
		item(b, "strangers", "%s, the last: %s", groupedCount(v.Strangers, "packet"), v.Stranger)
	}
	for _, d := range v.Devices {
		if d.Trouble == "" {
			item(b, "follows", "%s, %s", d.Name, entries(d.Entries))
		}
	}
	writePeers(b, v)
	writeNetworks(b, v)
}

func writePeers(b *bytes.Buffer, v *admin.VTEP) {
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\npeer\taddress\tby\tnext hop\tMTU\tlearned\n")
	for i := range v.Peers {
		p := &v.Peers[i]
		hop := p.NextHop
		if !p.Ready {
			hop = "unknown"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", p.Name, withPort(p.Address, p.Port), p.Leaves, hop, p.MTU, grouped(p.Learned))
	}
	w.Flush()
}

func writeNetworks(b *bytes.Buffer, v *admin.VTEP) {
	if len(v.Networks) == 0 {
		return
	}
	w := tabwriter.NewWriter(b, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "\nnetwork\tlearned\tstatic\tkernel\tflooded to\n")
	for i := range v.Networks[:min(len(v.Networks), shownNetworks)] {
		n := &v.Networks[i]
		flood := count(n.Flood, "peer")
		if n.Pair {
			flood = "the other of its pair"
		}
		fmt.Fprintf(w, "%d\t%s\t%s\t%s\t%s\n", n.ID, grouped(n.Learned), grouped(n.Static), grouped(n.Kernel), flood)
	}
	w.Flush()
	if more := len(v.Networks) - shownNetworks; more > 0 {
		fmt.Fprintf(b, "and %d more networks\n", more)
	}
}
