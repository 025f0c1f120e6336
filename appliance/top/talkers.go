package top

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// talker is a workload, or a pair of segments, and the flows that it has.
type talker struct {
	vni           uint32
	name          string
	from, to      string // segments; of a workload: from alone
	sends, gets   rate
	packets       rate
	flows, denied int
}

var hostSorts = []string{"rate", "sent", "received", "flows"}

func compareTalkers(by string) func(a, b *talker) int {
	return func(a, b *talker) int {
		c := 0
		switch by {
		case "sent":
			c = descending(a.sends, b.sends)
		case "received":
			c = descending(a.gets, b.gets)
		case "flows":
			c = cmp.Compare(b.flows, a.flows)
		case "packets":
			c = descending(a.packets, b.packets)
		case "denied":
			c = cmp.Compare(b.denied, a.denied)
		}
		return cmp.Or(c, descending(a.sends+a.gets, b.sends+b.gets), cmp.Compare(a.vni, b.vni), strings.Compare(a.name, b.name))
	}
}

// talkerKey tells talkers apart.
type talkerKey struct {
	vni      uint32
	name, to string
}

// talkers sums flows by something of each; several of it count the flow each.
func (m *Model) talkers(of func(f *flowRow) []talker) []*talker {
	sums := map[talkerKey]*talker{}
	for i := range m.rows {
		for _, part := range of(&m.rows[i]) {
			key := talkerKey{part.vni, part.name, part.to}
			sum := sums[key]
			if sum == nil {
				sum = &talker{vni: part.vni, name: part.name, from: part.from, to: part.to}
				sums[key] = sum
			}
			sum.sends, sum.gets, sum.packets = sum.sends+known(part.sends), sum.gets+known(part.gets), sum.packets+known(part.packets)
			sum.flows++
			sum.denied += part.denied
			sum.from = cmp.Or(sum.from, part.from)
		}
	}
	list := make([]*talker, 0, len(sums))
	for _, t := range sums {
		list = append(list, t)
	}
	return list
}

func known(r rate) rate { return rate(r.orZero()) }

func (f *flowRow) denied() int {
	if f.Action != "allow" && f.Action != "" {
		return 1
	}
	return 0
}

// hosts is the table of workloads. Each sends what the other end gets.
func (m *Model) hosts(sort, width int) Table {
	list := m.talkers(func(f *flowRow) []talker {
		return []talker{
			{vni: f.VNI, name: f.Src, from: f.FromSegment, sends: f.forth, gets: f.back, packets: f.packets, denied: f.denied()},
			{vni: f.VNI, name: f.Dst, from: f.ToSegment, sends: f.back, gets: f.forth, packets: f.packets, denied: f.denied()},
		}
	})
	t := Table{Sorts: hostSorts, Note: m.coverage()}
	slices.SortFunc(list, compareTalkers(t.Sorts[sort]))
	t.Columns = []Column{{"sends bit/s", true, 11}, {"gets bit/s", true, 11}, {"pkt/s", true, 6}, {"VNI", true, 8}, {"host", false, 0}, {"segment", false, 16}, {"flows", true, 6}, {"denied", true, 6}}
	for _, h := range list {
		filter := Filter{HasVNI: true, VNI: h.vni}
		if addr, err := netip.ParseAddr(h.name); err == nil {
			filter.Host = netip.PrefixFrom(addr, addr.BitLen())
		}
		t.Rows = append(t.Rows, Row{
			Cells: []string{h.sends.String(), h.gets.String(), h.packets.String(), strconv.FormatUint(uint64(h.vni), 10), h.name, orNone(h.from), fmt.Sprint(h.flows), fmt.Sprint(h.denied)},
			Alarm: h.denied == h.flows, Opens: Target{Filter: &filter},
		})
	}
	return t
}

var segmentSorts = []string{"rate", "packets", "flows", "denied"}

// segments is the table of pairs of segments.
func (m *Model) segments(sort, width int) Table {
	list := m.talkers(func(f *flowRow) []talker {
		return []talker{{vni: f.VNI, name: f.FromSegment, to: f.ToSegment, sends: f.forth, gets: f.back, packets: f.packets, denied: f.denied()}}
	})
	t := Table{Sorts: segmentSorts, Note: m.coverage()}
	slices.SortFunc(list, compareTalkers(t.Sorts[sort]))
	t.Columns = []Column{{"there bit/s", true, 11}, {"back bit/s", true, 11}, {"pkt/s", true, 6}, {"VNI", true, 8}, {"from segment", false, 0}, {"to segment", false, 0}, {"flows", true, 6}, {"denied", true, 6}}
	for _, p := range list {
		filter := Filter{HasVNI: true, VNI: p.vni, Segment: cmp.Or(p.name, p.to)}
		t.Rows = append(t.Rows, Row{
			Cells: []string{p.sends.String(), p.gets.String(), p.packets.String(), strconv.FormatUint(uint64(p.vni), 10), orNone(p.name), orNone(p.to), fmt.Sprint(p.flows), fmt.Sprint(p.denied)},
			Alarm: p.denied == p.flows, Opens: Target{Filter: &filter},
		})
	}
	return t
}
