package appliance

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline/flow"
	"vxwall/rules"
)

// flowsPerAsk is how many flows a worker copies at once, half a megabyte: it
// stands still for a few dozen microseconds.
const flowsPerAsk = 2048

// searchTimeout bounds a search; millions of flows take a few seconds.
const searchTimeout = 30 * time.Second

var errNoAnswer = errors.New("the workers did not answer in time: `vxwall status` tells whether one hangs")

// errBusy: looking through millions of flows costs, so one does it at a time.
var errBusy = errors.New("another request looks through the flows just now: ask again")

// flows answers a query. Each worker copies its flows by portions, between its
// batches, so that no packet waits long; in the meantime flows begin and end.
func (r *running) flows(ctx context.Context, q *admin.FlowQuery) (*admin.Flows, error) {
	if !r.awaitSearch() {
		return nil, errBusy
	}
	ctx, cancel := context.WithTimeoutCause(ctx, searchTimeout, errNoAnswer)
	defer cancel()
	done := make(chan struct{})
	search := &flowSearch{running: r, query: q, names: newNamer(r.policies), now: time.Now()}
	search.host, _ = parseHost(q.Host)
	go func() { // a worker that hangs does not answer
		defer close(done)
		defer r.flowsBusy.Unlock() // before the answer: who has that may ask again
		search.run(ctx)
	}()
	select {
	case <-done:
		return search.result(), context.Cause(ctx)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-r.quit:
		return nil, errStopping
	}
}

// flowSearch is one query at work.
type flowSearch struct {
	*running
	query *admin.FlowQuery
	host  netip.Prefix
	names *namer
	now   time.Time
	out   admin.Flows
	least *admin.Flow // the last of those with most bytes up to now; nil if there are not enough
}

func (s *flowSearch) run(ctx context.Context) {
	s.visit(ctx, func(records []flow.Record, worker int) bool {
		s.add(records, worker)
		return true
	})
}

// visit shows f all flows, by portions, until it says that it wants no more.
func (s *flowSearch) visit(ctx context.Context, f func(records []flow.Record, worker int) (more bool)) {
	records := make([]flow.Record, flowsPerAsk)
	for _, w := range s.workers {
		for from, more := 1, true; more && ctx.Err() == nil; {
			n := 0
			if !w.Ask(func(t *flow.Table) { n, from = t.Snapshot(from, records) }) {
				break
			}
			if !f(records[:n], w.number) {
				return
			}
			more = from != 0
		}
	}
}

// add takes those of a worker's records that match.
func (s *flowSearch) add(records []flow.Record, worker int) {
	s.out.Total += len(records)
	for i := range records {
		r := &records[i]
		if !s.matches(r) || !s.namesMatch(r) {
			continue
		}
		s.out.Matching++
		if !s.tooSmall(r) {
			s.out.Flows = append(s.out.Flows, s.flowOf(r, worker))
		}
	}
	if len(s.out.Flows) > 4*s.query.Limit {
		s.cut()
	}
}

// cut keeps the flows with most bytes.
func (s *flowSearch) cut() {
	slices.SortFunc(s.out.Flows, func(a, b admin.Flow) int {
		return cmp.Or(cmp.Compare(b.Forth.Bytes+b.Back.Bytes, a.Forth.Bytes+a.Back.Bytes), cmp.Compare(a.ID, b.ID))
	})
	if len(s.out.Flows) >= s.query.Limit {
		s.out.Flows = s.out.Flows[:s.query.Limit]
		last := s.out.Flows[s.query.Limit-1]
		s.least = &last
	}
}

// tooSmall says whether cut would take a flow out again, before it is put into words:
// that takes microseconds, and there may be millions.
func (s *flowSearch) tooSmall(r *flow.Record) bool {
	if s.least == nil || r.Offloaded(flow.ToResponder) || r.Offloaded(flow.ToInitiator) { // the kernel knows how many bytes
		return false
	}
	return cmp.Or(cmp.Compare(s.least.Forth.Bytes+s.least.Back.Bytes, r.Bytes[flow.ToResponder]+r.Bytes[flow.ToInitiator]), cmp.Compare(r.ID, s.least.ID)) > 0
}

func (s *flowSearch) result() *admin.Flows {
	s.cut()
	if s.out.Flows == nil {
		s.out.Flows = []admin.Flow{}
	}
	return &s.out
}

// matches asks the record what it can say without names.
func (s *flowSearch) matches(r *flow.Record) bool {
	q, k := s.query, &r.Key
	if q.VNI != nil && *q.VNI != k.VNI || q.Port != 0 && q.Port != k.SrcPort && q.Port != k.DstPort {
		return false
	}
	if s.host.IsValid() && !s.host.Contains(netip.AddrFrom16(k.Src).Unmap()) && !s.host.Contains(netip.AddrFrom16(k.Dst).Unmap()) {
		return false
	}
	if q.Active > 0 && s.now.UnixNano()-s.last(r) > int64(q.Active)*int64(time.Second) {
		return false
	}
	return !q.Denied || r.Judgement.Revision != 0 && rules.Action(r.Judgement.Action) != rules.Allow
}

// last is the time of the newest packet of a flow, the kernel's too.
func (s *flowSearch) last(r *flow.Record) int64 {
	_, last := s.way(r, flow.ToResponder, r.Last)
	_, last = s.way(r, flow.ToInitiator, last)
	return last
}

// namesMatch asks it the rest.
func (s *flowSearch) namesMatch(r *flow.Record) bool {
	q, j := s.query, &r.Judgement
	return (q.Proto == "" || q.Proto == keyOf(&r.Key).Proto) &&
		(q.Rule == "" || q.Rule == s.names.rule(j)) &&
		(q.Segment == "" || q.Segment == s.names.segment(j, j.From) || q.Segment == s.names.segment(j, j.To))
}

func (s *flowSearch) flowOf(r *flow.Record, worker int) admin.Flow {
	j := &r.Judgement
	f := admin.Flow{
		Key: keyOf(&r.Key), State: r.State.String(), Rule: s.names.rule(j),
		FromSegment: s.names.segment(j, j.From), ToSegment: s.names.segment(j, j.To),
		Revision: s.names.of(j.Revision).name, Midstream: r.Flags&flow.PickedUp != 0, Worker: worker, ID: r.ID,
	}
	if j.Revision != 0 {
		f.Action = rules.Action(j.Action).String()
	}
	last := r.Last
	f.Forth, last = s.way(r, flow.ToResponder, last)
	f.Back, last = s.way(r, flow.ToInitiator, last)
	f.Age, f.Idle = s.since(r.First), s.since(last)
	return f
}

// way is a direction of a flow with what the kernel did in the meantime. last
// is the time of the newest packet.
func (s *flowSearch) way(r *flow.Record, dir flow.Direction, last int64) (admin.Way, int64) {
	w := admin.Way{
		Tally: admin.Tally{Packets: r.Packets[dir], Bytes: r.Bytes[dir]},
		VTEP:  addressText(r.VTEP[dir]), Group: r.Group[dir], Offloaded: r.Offloaded(dir),
	}
	if !w.Offloaded {
		return w, last
	}
	key := r.Toward(dir)
	var h flow.Handled
	if s.link.Peek(&key, &h) {
		w.Packets += h.Packets
		w.Bytes += h.Bytes
		last = max(last, h.Last)
	}
	return w, last
}

// since is seconds from a point in time, not negative, to the millisecond.
func (s *flowSearch) since(at int64) float64 {
	return seconds(max(0, s.now.Sub(time.Unix(0, at))))
}

// seconds is a duration as the API tells it.
func seconds(d time.Duration) float64 {
	f, _ := strconv.ParseFloat(fmt.Sprintf("%.3f", d.Seconds()), 64)
	return f
}
