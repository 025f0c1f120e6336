package top

import (
	"math"
	"time"

	"vxwall/appliance/admin"
)

// Model is what is known of a vxwall: the newest snapshot and what there was before
// it. It belongs to one goroutine.
type Model struct {
	now, old *Snapshot
	flows    map[uint64]*watched // by flow ID
	rows     []flowRow           // of now
	failed   error               // of the newest question, nil if it was answered
	since    time.Time           // of the newest answer, or of the first question
}

// watched is a flow that was seen in an earlier snapshot.
type watched struct {
	forth, back admin.Tally
	history     []rate // bits per second, the newest last
}

// historyLength is how many snapshots of a flow are remembered.
const historyLength = 60

// flowRow is a flow and how fast it is.
type flowRow struct {
	*admin.Flow
	forth, back, packets rate // bits and packets per second
	rough                bool // the mean of its life: it was not in the last snapshot
}

func (f *flowRow) bits() rate { return f.forth + f.back }

// Take takes a snapshot. Rates begin anew if another vxwall answers than before.
func (m *Model) Take(s *Snapshot) {
	m.old, m.now, m.failed, m.since = m.now, s, nil, s.Time
	if m.old != nil && (!m.old.Status.Started.Equal(s.Status.Started) || !s.Time.After(m.old.Time)) {
		m.old, m.flows = nil, nil
	}
	m.measure()
}

// Fail notes that there was no answer. What was known stays.
func (m *Model) Fail(at time.Time, err error) {
	m.failed = err
	if m.since.IsZero() {
		m.since = at
	}
}

// find finds a flow of the newest snapshot.
func (m *Model) find(id uint64) *flowRow {
	for i := range m.rows {
		if m.rows[i].ID == id {
			return &m.rows[i]
		}
	}
	return nil
}

// seconds between the two snapshots; NaN if there is one only.
func (m *Model) seconds() float64 {
	if m.old == nil || m.now == nil {
		return math.NaN()
	}
	return m.now.Time.Sub(m.old.Time).Seconds()
}

// per is how fast a counter grew. One that shrank was begun anew.
func (m *Model) per(old, now uint64) rate {
	if now < old {
		return rate(math.NaN())
	}
	return rate(float64(now-old) / m.seconds())
}

// measure compares each flow with what it was before.
func (m *Model) measure() {
	flows := make(map[uint64]*watched, len(m.now.Flows.Flows))
	m.rows = make([]flowRow, 0, len(m.now.Flows.Flows))
	for i := range m.now.Flows.Flows {
		f := &m.now.Flows.Flows[i]
		w := m.flows[f.ID]
		row := m.rowOf(f, w)
		if w == nil {
			w = &watched{}
		}
		w.forth, w.back = f.Forth.Tally, f.Back.Tally
		w.history = append(w.history, row.bits())
		w.history = w.history[max(0, len(w.history)-historyLength):]
		flows[f.ID] = w
		m.rows = append(m.rows, row)
	}
	m.flows = flows
}

// rowOf says how fast a flow is: since the last snapshot if it was in that, or began
// after it.
func (m *Model) rowOf(f *admin.Flow, w *watched) flowRow {
	row := flowRow{Flow: f}
	if w != nil {
		row.forth, row.back = 8*m.per(w.forth.Bytes, f.Forth.Bytes), 8*m.per(w.back.Bytes, f.Back.Bytes)
		row.packets = m.per(w.forth.Packets, f.Forth.Packets) + m.per(w.back.Packets, f.Back.Packets)
		return row
	}
	span := m.seconds()
	if row.rough = !(f.Age <= span); row.rough {
		span = max(f.Age, 1)
	}
	row.forth, row.back = rate(8*float64(f.Forth.Bytes)/span), rate(8*float64(f.Back.Bytes)/span)
	row.packets = rate(float64(f.Forth.Packets+f.Back.Packets) / span)
	return row
}
