package appliance

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
)

// attentionFor is how long a counter that has grown asks for attention.
const attentionFor = 15 * time.Minute

// alarms remembers when counters last grew that had better not.
type alarms struct {
	mu    sync.Mutex
	grown map[string]growth
}

type growth struct {
	value uint64
	at    time.Time
	old   bool // found at the start: the XDP program counts over many runs
}

// alarm is such a counter: what it means, with its value put in.
type alarm struct {
	text  string
	value func(*snapshot) uint64
}

var alarmCounters = []alarm{
	{"%d packets dropped: more came than the workers can judge", func(s *snapshot) uint64 { return s.droppedFor(pipeline.Overload) }},
	{"%d packets passed uninspected: more came than the workers can judge", func(s *snapshot) uint64 { return s.relayedFor(pipeline.Overload) }},
	{"%d packets passed uninspected while vxwall was down or hung", func(s *snapshot) uint64 { return s.relayedFor(pipeline.ApplianceDown) }},
	{"%d packets dropped while vxwall was down or hung", func(s *snapshot) uint64 { return s.droppedFor(pipeline.ApplianceDown) }},
	{"%d packets dropped by the guard: they came from where they must not (`vxwall drops`)", guardDrops},
	{"%d packets reported by the guard: they came from where they must not, and passed (mode = learn)", guardReports},
	{"%d packets from senders that the guard has no room to remember: raise bindings under [guard]", func(s *snapshot) uint64 { return s.notLearned }},
	{"%d packets dropped: no room for a new flow", func(s *snapshot) uint64 { return s.droppedFor(pipeline.FlowTableFull) }},
	{"%d unanswered flows evicted to make room for new ones", func(s *snapshot) uint64 { return s.total.Flows.Evicted }},
	{"%d events lost", func(s *snapshot) uint64 { return s.lost }},
	{"%d frames dropped by AF_XDP rings without room", ringDrops},
	{"%d frames not sent", unsent},
	{"%d frames dropped between workers: the owner's ring was full", handOverDrops},
	{"%d times the offload map was full", offloadRefused},
}

func guardDrops(s *snapshot) (n uint64) {
	for i := range s.total.Dropped[pipeline.StageGuard] {
		n += s.total.Dropped[pipeline.StageGuard][i].Packets
	}
	return n
}

func guardReports(s *snapshot) (n uint64) {
	for i := range s.total.Suspected {
		n += s.total.Suspected[i].Packets
	}
	return n
}

func ringDrops(s *snapshot) (n uint64) {
	for i := range s.link.Rings {
		n += s.link.Rings[i].RxDropped + s.link.Rings[i].RxInvalid
	}
	return n
}

func unsent(s *snapshot) (n uint64) {
	for i := range s.link.Rings {
		n += s.link.Rings[i].TxFull + s.link.Rings[i].TxError + s.link.Rings[i].TxInvalid
	}
	for i := range s.link.Queues {
		n += s.link.Queues[i].NoFrame
	}
	return n
}

func handOverDrops(s *snapshot) (n uint64) {
	for i := range s.link.Queues {
		n += s.link.Queues[i].HandOverFull
	}
	return n
}

func offloadRefused(s *snapshot) (n uint64) {
	for i := range s.link.Queues {
		n += s.link.Queues[i].OffloadRefused
	}
	return n
}

// note remembers which counters have grown.
func (a *alarms) note(s *snapshot) {
	a.mu.Lock()
	defer a.mu.Unlock()
	atStart := a.grown == nil
	if atStart {
		a.grown = map[string]growth{}
	}
	for _, c := range alarmCounters {
		if n := c.value(s); n > a.grown[c.text].value {
			a.grown[c.text] = growth{n, s.time, atStart}
		}
	}
}

// recent says which counters have grown of late.
func (a *alarms) recent(now time.Time) (list []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, c := range alarmCounters {
		g, ok := a.grown[c.text]
		if ago := now.Sub(g.at); ok && ago < attentionFor {
			list = append(list, fmt.Sprintf(c.text, g.value)+", "+g.when(ago))
		}
	}
	return list
}

// when says how long ago it was; it is noticed once a second.
func (g *growth) when(ago time.Duration) string {
	switch {
	case g.old:
		return "all before this start"
	case ago < 2*supervisePeriod:
		return "just now"
	}
	return fmt.Sprintf("last %v ago", ago.Round(time.Second))
}

// attention lists what is wrong, worst first.
func (r *running) attention(s *snapshot) []string {
	list := []string{}
	add := func(format string, args ...any) { list = append(list, fmt.Sprintf(format, args...)) }
	for _, w := range r.workers {
		if silent := w.silent(s.time); silent > silentAfter {
			add("worker %d has not moved for %v", w.number, silent.Round(time.Second))
		}
	}
	if ports := r.ports.Load(); ports != nil {
		list = append(list, *ports...)
	}
	list = append(list, r.vtepAttention()...)
	if s.trouble != nil {
		add("events are lost: %v", s.trouble)
	}
	if s.stale != nil && s.trouble == nil {
		add("events still go to the file that was moved away: %v", s.stale)
	}
	if last := r.result.Load(); last != nil && !last.Good {
		add("the last reload was refused, and policy %s stays in force", r.inForce.Load().name)
	}
	if last := r.result.Load(); last != nil && last.Configuration != "" {
		add("%s", last.Configuration)
	}
	if r.inForce.Load().checked.monitors() && !r.Config.taps() {
		add("the policy only monitors: nothing is dropped")
	}
	list = slices.Concat(list, r.alarms.recent(s.time), slowPorts(&s.link))
	if s.linkErr != nil {
		add("counters of the link are not complete: %v", s.linkErr)
	}
	if r.shed != nil {
		add("%v", r.shed)
	}
	return list
}

// slowPorts names ports that are slower than they might be.
func slowPorts(s *afxdp.Status) (list []string) {
	for i := range s.Ports {
		p := &s.Ports[i]
		switch {
		case p.Mode == afxdp.Generic && p.Note != "":
			list = append(list, fmt.Sprintf("port %s is slow: %s", p.Name, p.Note))
		case p.Mode == afxdp.Generic:
			list = append(list, fmt.Sprintf("port %s is slow: generic XDP", p.Name))
		}
	}
	return list
}
