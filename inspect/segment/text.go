package segment

import (
	"fmt"
	"net"
	"net/netip"
	"strings"

	"vxwall/rules"
)

// serviceMatch returns the match of what rules.ServiceText writes.
func serviceMatch(point uint32) rules.Match {
	switch point >> 16 {
	case 1, 6, 17, 58, 132:
		return rules.Match{Lo: point, Hi: point}
	}
	return rules.Match{Lo: point &^ 0xffff, Hi: point | 0xffff}
}

func rangeText(r rules.Range) string {
	if r.Lo == r.Hi {
		return fmt.Sprint(r.Lo)
	}
	return fmt.Sprintf("%d-%d", r.Lo, r.Hi)
}

// met says by which value a workload meets each criterion of a segment.
func met(seg *rules.Segment, vni uint32, e *Endpoint) []string {
	var out []string
	if i := rangeOf(seg.VNI, vni); i >= 0 {
		out = append(out, "vni "+rangeText(seg.VNI[i]))
	}
	if i := prefixOf(seg.Prefix, e); i >= 0 {
		out = append(out, "prefix "+seg.Prefix[i].String())
	}
	if i := rangeOf(seg.Group, uint32(e.Group)); i >= 0 {
		out = append(out, "group "+rangeText(seg.Group[i]))
	}
	if len(seg.MAC) > 0 {
		out = append(out, "mac "+macText(e.MAC))
	}
	return out
}

// missed says what a workload has, and what the segment asks for instead.
func missed(seg *rules.Segment, c criterion, vni uint32, e *Endpoint) string {
	switch c {
	case byVNI:
		return fmt.Sprintf("vni %d is not in %s", vni, listText(seg.VNI, rangeText))
	case byPrefix:
		return fmt.Sprintf("address %s is not in %s", netipAddr(e), listText(seg.Prefix, netip.Prefix.String))
	case byGroup:
		want := listText(seg.Group, rangeText)
		if e.NoGroup {
			return "group is not known, asked for is " + want
		}
		return fmt.Sprintf("group %d is not in %s", e.Group, want)
	}
	return fmt.Sprintf("mac %s is not in %s", macText(e.MAC), listText(seg.MAC, macText))
}

// maxListed is the most values of a list that a text shows.
const maxListed = 4

// listText writes the first values of a list.
func listText[T any, S ~[]T](list S, text func(T) string) string {
	var words []string
	for i, v := range list {
		if i == maxListed {
			words = append(words, fmt.Sprintf("%d more", len(list)-i))
			break
		}
		words = append(words, text(v))
	}
	return strings.Join(words, ", ")
}

// macText writes a MAC address.
func macText(mac [6]byte) string { return net.HardwareAddr(mac[:]).String() }
