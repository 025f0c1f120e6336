package top

import (
	"context"
	"time"

	"vxwall/appliance/admin"
)

// Source answers; *admin.Client is one.
type Source interface {
	Status(ctx context.Context) (admin.Status, error)
	Flows(ctx context.Context, q *admin.FlowQuery) (admin.Flows, error)
	Drops(ctx context.Context, limit int, since string) (admin.Drops, error)
	Flow(ctx context.Context, id uint64) (admin.FlowReport, error)
}

// Snapshot is what was answered at one time.
type Snapshot struct {
	Time   time.Time
	Status admin.Status
	Flows  admin.Flows
	Drops  admin.Drops
	Filter Filter // that the flows passed
}

// Bounds of what is asked at a time.
const (
	mostFlows   = 2000
	mostDrops   = 200
	activeWhile = 10 // seconds: flows that were silent for longer are not asked for
)

// Ask takes a snapshot.
func Ask(ctx context.Context, from Source, filter Filter, now func() time.Time) (s *Snapshot, err error) {
	s = &Snapshot{Time: now(), Filter: filter}
	if s.Status, err = from.Status(ctx); err != nil {
		return nil, err
	}
	q := filter.query()
	q.Limit = mostFlows
	if !filter.All {
		q.Active = activeWhile
	}
	if s.Flows, err = from.Flows(ctx, &q); err != nil {
		return nil, err
	}
	s.Drops, err = from.Drops(ctx, mostDrops, "")
	return s, err
}
