package appliance

import (
	"reflect"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
)

// snapshot is what everybody counted at one time. All answers, metrics and alarms
// are made of one.
type snapshot struct {
	time       time.Time
	workers    []pipeline.Counters
	total      pipeline.Counters // of all workers
	link       afxdp.Status
	linkErr    error // why link is not complete
	written    uint64
	lost       uint64 // events
	trouble    error  // why events cannot be written just now
	stale      error  // why they go to a file that was moved away
	skipped    uint64 // drops that were not noted
	notLearned uint64 // by the guard
}

func (r *running) snapshot() *snapshot {
	s := &snapshot{time: time.Now()}
	for _, w := range r.workers {
		c := w.Counters()
		s.workers = append(s.workers, c)
		addNumbers(reflect.ValueOf(&s.total).Elem(), reflect.ValueOf(&c).Elem())
		s.skipped += w.recent.skipped.Load()
	}
	s.link, s.linkErr = r.link.Status()
	if r.guard != nil {
		s.notLearned = r.guard.Stats().NotLearned
	}
	if r.eveFile != nil {
		s.stale = r.eveFile.Stale()
	}
	if r.events != nil {
		s.written, s.lost, s.trouble = r.events.Written(), r.events.Lost(), r.events.Trouble()
	}
	return s
}

// addNumbers adds each number of a value to that of a sum, whatever counters
// there are.
func addNumbers(sum, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			addNumbers(sum.Field(i), v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			addNumbers(sum.Index(i), v.Index(i))
		}
	case reflect.Uint64:
		sum.SetUint(sum.Uint() + v.Uint())
	case reflect.Int:
		sum.SetInt(sum.Int() + v.Int())
	}
}

// byReason sums what the XDP program counted for both ports.
func byReason(ports *[2][pipeline.Reasons]pipeline.Tally) (sum [pipeline.Reasons]pipeline.Tally) {
	for i := range ports {
		for reason, t := range ports[i] {
			sum[reason].Packets += t.Packets
			sum[reason].Bytes += t.Bytes
		}
	}
	return sum
}

func bothPorts(ports *[2]pipeline.Tally) pipeline.Tally {
	return pipeline.Tally{Packets: ports[0].Packets + ports[1].Packets, Bytes: ports[0].Bytes + ports[1].Bytes}
}

// droppedFor sums the drops of all stages and of the kernel for a reason.
func (s *snapshot) droppedFor(reason pipeline.Reason) uint64 {
	n := byReason(&s.link.Kernel.Dropped)[reason].Packets
	for stage := range s.total.Dropped {
		n += s.total.Dropped[stage][reason].Packets
	}
	return n
}

// relayedFor is what the XDP program let pass uninspected for a reason.
func (s *snapshot) relayedFor(reason pipeline.Reason) uint64 {
	return byReason(&s.link.Kernel.Relayed)[reason].Packets
}
