package appliance

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"vxwall/appliance/admin"
	"vxwall/inspect/segment"
	"vxwall/pipeline/flow"
)

// errNoFlow: flows end while somebody reads their names.
var errNoFlow = errors.New("there is no such flow any more")

func (r *running) serveFlow(w http.ResponseWriter, q *http.Request) {
	values := q.URL.Query()
	id, err := strconv.ParseUint(values.Get("id"), 10, 64)
	if err != nil {
		err = fmt.Errorf("id: %q is no flow_id", values.Get("id"))
	}
	if err = errors.Join(err, known(values, "id")); err != nil {
		refuse(w, http.StatusBadRequest, err)
		return
	}
	report, err := r.flow(q.Context(), id)
	switch {
	case errors.Is(err, errNoFlow):
		refuse(w, http.StatusNotFound, err)
	case err != nil:
		refuse(w, http.StatusServiceUnavailable, err)
	default:
		answer(w, http.StatusOK, report)
	}
}

// flow answers what is known of one flow.
func (r *running) flow(ctx context.Context, id uint64) (*admin.FlowReport, error) {
	if !r.awaitSearch() {
		return nil, errBusy
	}
	ctx, cancel := context.WithTimeoutCause(ctx, searchTimeout, errNoAnswer)
	defer cancel()
	search := &flowSearch{running: r, query: &admin.FlowQuery{}, names: newNamer(r.policies), now: time.Now()}
	found := make(chan *admin.FlowReport, 1)
	go func() { // a worker that hangs does not answer
		report := search.report(ctx, id)
		r.flowsBusy.Unlock() // before the answer: who has that may ask again
		found <- report
	}()
	select {
	case report := <-found:
		if report == nil && ctx.Err() == nil {
			return nil, errNoFlow
		}
		return report, context.Cause(ctx)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-r.quit:
		return nil, errStopping
	}
}

// report finds a flow and explains it; nil if there is none of this number.
func (s *flowSearch) report(ctx context.Context, id uint64) (report *admin.FlowReport) {
	s.visit(ctx, func(records []flow.Record, worker int) (more bool) {
		for i := range records {
			if records[i].ID == id {
				report = s.explain(&records[i], worker)
			}
		}
		return report == nil
	})
	return report
}

// explain asks the policy in force about a flow, as the stage would of its next packet.
func (s *flowSearch) explain(r *flow.Record, worker int) *admin.FlowReport {
	now := s.inForce.Load()
	report := &admin.FlowReport{Flow: s.flowOf(r, worker), InForce: now.name}
	if kind := segment.Kind(r.Judgement.Kind); r.Judgement.Revision != 0 && kind != segment.ByACL {
		report.Explanation = fmt.Sprintf("decided by %s under [control], not by rules\n", kind)
		return report
	}
	var text strings.Builder
	x := ExplainFlow(now.checked, now.stage.QueryFlow(r))
	x.Revision = now.name
	if err := x.WriteText(&text); err != nil {
		return report
	}
	report.Explanation = text.String()
	return report
}
