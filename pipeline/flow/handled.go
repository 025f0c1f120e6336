package flow

import "time"

// Handled is what someone else did with packets of one direction of a flow: the
// kernel, while the flow was offloaded.
type Handled struct {
	Packets, Bytes uint64 // Bytes are those of the outer frames
	Last           int64  // time of the newest packet, nanoseconds since 1970, 0 if there was none
	Next, Ack      uint32 // TCP: highest sequence number and acknowledgement of its sender; valid iff Packets > 0
	Window         uint16 // TCP: largest window it offered, not scaled
}

// Progress is how far the sender of one direction of a TCP connection got, as
// far as the table believes it: what someone else begins with who handles the
// direction. The packet that is there just now may be a guess, and says nothing.
type Progress struct {
	Next, Ack uint32 // sequence number after its last byte, its highest acknowledgement
	Reach     uint32 // a segment that begins farther from Next, in bytes, says nothing either
}

// Progress returns how far the sender of a direction got. It reports false if
// that is not known.
func (r *Record) Progress(dir Direction) (p Progress, ok bool) {
	me := &r.tcp[dir]
	return Progress{Next: me.next, Ack: me.ack, Reach: r.reach(dir)}, me.seen && me.acked
}

// awayFor is for how long someone else may handle packets of a flow before the
// table takes it back, and up to as much again, so that flows which were handed
// over together do not come back together. One that is still busy is soon handed
// over again, with what the worker learned meanwhile; an idle one makes room.
const awayFor = 2 * int64(time.Minute)

// Delegate has recall called with a flow of which someone else handles packets,
// before the flow's state or silence decides anything, and every few minutes. It
// takes the packets back and merges what was done with them (Record.Merge).
func (t *Table) Delegate(recall func(*Record)) { t.recall = recall }

// SetOffloaded notes that someone else handles packets of a flow's direction from
// now on.
func (t *Table) SetOffloaded(r *Record, dir Direction, now int64) {
	if !r.AnyOffloaded() {
		back := now + awayFor + int64(r.hash)%(awayFor/tick)*tick
		t.wheel.move(t.records, t.number(r), min(t.deadline(r), back))
	}
	r.SetOffloaded(dir)
}

// RecallAll takes all flows back.
func (t *Table) RecallAll() {
	for i := uint32(1); i < t.fresh; i++ {
		if t.records[i].AnyOffloaded() {
			t.recall(&t.records[i])
		}
	}
}

// Recall takes back what someone else handles of the flows of some keys. Keys that
// are not here are passed over.
func (t *Table) Recall(keys []Key) {
	for i := range keys {
		if r, _ := t.Find(&keys[i], 0); r != nil && r.AnyOffloaded() {
			t.recall(r)
		}
	}
}
