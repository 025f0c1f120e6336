package scan

import (
	"sync"

	"vxwall/inspect/regex"
)

// machines are memories of matching, which are too large for one in each scanner.
var machines = sync.Pool{New: func() any { return new(regex.Machine) }}

// expressions tries the regular expressions whose triggers hold on the window: what was let
// go before a trigger held is not seen by them.
func (l *look) expressions() {
	if l.to.counts.live == 0 {
		return
	}
	m := machines.Get().(*regex.Machine)
	defer machines.Put(m)
	exhausted := m.Exhausted
	for i := 0; i < l.to.counts.live; i++ { // may grow
		e := &l.db.regexps[l.to.live[i]]
		if l.to.count(e.fact) > 0 || !l.to.holds(l.db.rows[e.row:]) || l.target != e.target && e.target != 0 {
			continue
		}
		for from := 0; from <= len(l.window) && e.re.Match(l.window, from, m); from++ {
			begin, _, _ := m.Group(0)
			if start := l.base + int64(begin); l.placed(e.offset, start) {
				l.fact(e.fact, start)
				break
			}
			from = begin
		}
	}
	l.to.full = l.to.full || m.Exhausted > exhausted
}
