package flow

import "time"

// list is a queue of record numbers, linked through youngNext and youngPrev.
type list struct{ head, tail uint32 }

// push appends record i unless it is in the list.
func (l *list) push(records []Record, i uint32) {
	r := &records[i]
	if l.head == i || r.youngPrev != none {
		return
	}
	r.youngPrev, r.youngNext = l.tail, none
	if l.tail == none {
		l.head = i
	} else {
		records[l.tail].youngNext = i
	}
	l.tail = i
}

// remove takes record i out if it is in the list.
func (l *list) remove(records []Record, i uint32) {
	r := &records[i]
	if l.head != i && r.youngPrev == none {
		return
	}
	if l.head == i {
		l.head = r.youngNext
	} else {
		records[r.youngPrev].youngNext = r.youngNext
	}
	if l.tail == i {
		l.tail = r.youngPrev
	} else {
		records[r.youngNext].youngPrev = r.youngPrev
	}
	r.youngPrev, r.youngNext = none, none
}

const (
	tick       = int64(time.Second)
	wheelSlots = 4096
)

// wheel sorts flows by the second in which they are due. It is lazy: a packet
// does not move its flow; when the slot comes up, the flow is put where its
// deadline then is. Deadlines beyond the wheel wait in its last slot.
type wheel struct {
	slots []uint32 // heads, linked through wheelNext and wheelPrev
	now   int64    // tick that is being emptied
	runs  bool     // now is valid: there was a packet
}

func newWheel() wheel { return wheel{slots: make([]uint32, wheelSlots)} }

// put adds record i, which is in no slot.
func (w *wheel) put(records []Record, i uint32, deadline int64) {
	r := &records[i]
	if !w.runs {
		w.now, w.runs = r.Last/tick, true
	}
	at := deadline/tick + 1
	at = max(w.now+1, min(at, w.now+wheelSlots-1))
	slot := uint16(uint64(at) % wheelSlots)
	head := w.slots[slot]
	r.wheelNext, r.wheelPrev, r.bucket = head, none, slot+1
	if head != none {
		records[head].wheelPrev = i
	}
	w.slots[slot] = i
}

// remove takes record i out of its slot, if it is in one.
func (w *wheel) remove(records []Record, i uint32) {
	r := &records[i]
	if r.bucket == 0 {
		return
	}
	if r.wheelPrev == none {
		w.slots[r.bucket-1] = r.wheelNext
	} else {
		records[r.wheelPrev].wheelNext = r.wheelNext
	}
	if r.wheelNext != none {
		records[r.wheelNext].wheelPrev = r.wheelPrev
	}
	r.wheelNext, r.wheelPrev, r.bucket = none, none, 0
}

// move puts record i where its new deadline is.
func (w *wheel) move(records []Record, i uint32, deadline int64) {
	w.remove(records, i)
	w.put(records, i, deadline)
}

// due takes a record out of a slot whose time has come, or returns none. A
// jump of the clock by more than the wheel's span visits each slot once.
func (w *wheel) due(records []Record, now int64) uint32 {
	target := now / tick
	if !w.runs || target < w.now {
		return none
	}
	if target-w.now > wheelSlots {
		w.now = target - wheelSlots
	}
	for ; w.now <= target; w.now++ {
		if i := w.slots[uint64(w.now)%wheelSlots]; i != none {
			w.remove(records, i)
			return i
		}
	}
	w.now = target
	return none
}
