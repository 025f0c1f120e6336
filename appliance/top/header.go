package top

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"vxwall/appliance/admin"
)

// Line is a line of the header.
type Line struct {
	Text  string
	Alarm bool // wants to be seen
	Dim   bool // old
}

// Header is what stands above the tables; each line has at most width characters.
func (m *Model) Header(now time.Time, width int) (lines []Line) {
	if m.now == nil {
		lines = []Line{{Text: "vxwall"}, m.trouble(now)}
	} else {
		lines = append([]Line{m.title(now, width), m.trouble(now)}, m.traffic()...)
	}
	for i := range lines {
		lines[i].Text = cut(lines[i].Text, width)
	}
	return lines
}

func cut(text string, n int) string {
	if r := []rune(text); len(r) > n {
		return string(r[:max(n-1, 0)]) + "…"
	}
	return text
}

func (m *Model) title(now time.Time, width int) Line {
	s := &m.now.Status
	left := fmt.Sprintf("vxwall %s, %s, %s %s, up %s", s.Version, s.Mode, s.Policy.Mode, s.Policy.Revision, lasted(s.Uptime))
	clock := now.Local().Format("15:04:05")
	return Line{Text: left + strings.Repeat(" ", max(1, width-len([]rune(left))-len(clock))) + clock}
}

// trouble is what asks for attention: above all, that nobody answers.
func (m *Model) trouble(now time.Time) Line {
	if m.failed != nil {
		text := fmt.Sprintf("NO ANSWER since %s (%s): %v", m.since.Local().Format("15:04:05"), lasted(now.Sub(m.since).Seconds()), m.failed)
		return Line{Text: text, Alarm: true}
	}
	if m.now == nil {
		return Line{Text: "asking …"}
	}
	switch list := m.now.Status.Attention; len(list) {
	case 0:
		return Line{Text: "nothing asks for attention"}
	case 1:
		return Line{Text: "! " + list[0], Alarm: true}
	default:
		return Line{Text: fmt.Sprintf("! (1 of %d) %s", len(list), list[0]), Alarm: true}
	}
}

// traffic is how much goes where.
func (m *Model) traffic() []Line {
	lines := []Line{{Text: fmt.Sprintf("%-9s%-17s%-17s%-17s%s", "port", "to workers", "offloaded", "kernel drops", "relayed")}}
	for i := range m.now.Status.Ports {
		lines = append(lines, m.portLine(&m.now.Status.Ports[i]))
	}
	lines = append(lines, m.verdicts(), m.flowLine(), m.stages())
	for i := range lines {
		lines[i].Dim = m.failed != nil
	}
	return lines
}

func (m *Model) portLine(p *admin.Port) Line {
	old := *p
	if m.old != nil {
		if i := slices.IndexFunc(m.old.Status.Ports, func(o admin.Port) bool { return o.Name == p.Name }); i >= 0 {
			old = m.old.Status.Ports[i]
		}
	}
	text := fmt.Sprintf("%-9s", fit(p.Name, 8))
	for _, t := range [][2]admin.Tally{{old.Received, p.Received}, {old.Offload, p.Offload}, {old.Dropped, p.Dropped}, {old.Relayed, p.Relayed}} {
		text += fmt.Sprintf("%-17s", m.tally(t[0], t[1]))
	}
	return Line{Text: strings.TrimRight(text, " ")}
}

// tally writes packets and bits per second.
func (m *Model) tally(old, now admin.Tally) string {
	packets := m.per(old.Packets, now.Packets)
	if packets == 0 || packets != packets {
		return packets.String()
	}
	return fmt.Sprintf("%v/s %vb/s", packets, 8*m.per(old.Bytes, now.Bytes))
}

// verdicts is what the workers decided.
func (m *Model) verdicts() Line {
	p := &m.now.Status.Packets
	old := p
	if m.old != nil {
		old = &m.old.Status.Packets
	}
	return Line{Text: fmt.Sprintf("workers  in %v/s, forwarded %v/s, dropped %v/s, answered %v/s, held %d",
		m.per(old.Received.Packets, p.Received.Packets), m.per(old.Forwarded.Packets, p.Forwarded.Packets),
		m.per(old.Dropped.Packets, p.Dropped.Packets), m.per(old.Answers, p.Answers), p.Held)}
}

func (m *Model) flowLine() Line {
	f, k := &m.now.Status.Flows, &m.now.Status.Kernel
	old := f
	if m.old != nil {
		old = &m.old.Status.Flows
	}
	return Line{Text: fmt.Sprintf("flows    %d live of %d, %v new/s, %v ended/s, %d directions offloaded", f.Live, f.Capacity,
		m.per(old.Created, f.Created), m.per(old.Expired, f.Expired), k.Offloaded)}
}

// stages is what each stage drops just now, and the most frequent reason of it.
func (m *Model) stages() Line {
	type sum struct {
		stage, reason string
		all, most     rate
	}
	var sums []sum
	for _, r := range m.reasonRows() {
		if r.fate != "drop" || r.packets.orZero() == 0 {
			continue
		}
		i := slices.IndexFunc(sums, func(s sum) bool { return s.stage == r.stage })
		if i < 0 {
			i, sums = len(sums), append(sums, sum{stage: r.stage})
		}
		if sums[i].all += r.packets; r.packets > sums[i].most {
			sums[i].most, sums[i].reason = r.packets, r.reason
		}
	}
	if len(sums) == 0 {
		return Line{Text: "drops    none just now"}
	}
	slices.SortStableFunc(sums, func(a, b sum) int { return descending(a.all, b.all) })
	var parts []string
	for _, s := range sums {
		parts = append(parts, fmt.Sprintf("%s %v/s (%s)", s.stage, s.all, s.reason))
	}
	return Line{Text: "drops    " + strings.Join(parts, ", "), Alarm: true}
}
