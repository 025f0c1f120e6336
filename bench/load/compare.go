package load

import (
	"context"
	"errors"
	"math"
)

// Plan is what Compare measures.
type Plan struct {
	Program string // path of vxwall
	Peers   []System
	Flows   int
}

// Rules of the policies that are compared, and how many times more new flows than
// established ones a flood has.
const (
	fewRules  = 1_000
	manyRules = 100_000
	floodMore = 4
)

// Compare measures vxwall and its peers: throughput with small and large frames, new
// flows, a flood of them, latency, one TCP connection. What fails is noted, and
// the rest is measured all the same; only the end of ctx ends it.
func (b *Bench) Compare(ctx context.Context, p Plan) error {
	few, many := Vxwall{Program: p.Program, Rules: fewRules}, Vxwall{Program: p.Program, Rules: manyRules}
	offload := Vxwall{Program: p.Program, Rules: fewRules, Offload: true}
	ours := []System{few, many, offload, VxwallVTEP{Program: p.Program, Rules: fewRules},
		VxwallVTEP{Program: p.Program, Rules: fewRules, Offload: true}, VxwallQueue{Program: p.Program, Rules: fewRules}}
	small := Traffic{Flows: p.Flows, VNIs: 1, Size: Size64}
	large, fresh, flood := small, small, small
	large.Size, fresh.NewFlows, flood.Flood = Size1400, true, floodMore
	manyOffload := many
	manyOffload.Offload = true

	return b.all(ctx,
		func() error { return b.Throughput(ctx, append(p.Peers, ours...), small) },
		func() error { return b.Throughput(ctx, append(p.Peers, ours...), large) },
		func() error { return b.Throughput(ctx, []System{many}, fresh) },
		func() error { return b.Flood(ctx, manyOffload, flood, b.floodRate()) },
		func() error { return b.halfLatency(ctx, few, small) },
		func() error { return b.halfLatency(ctx, offload, small) },
		func() error { return b.TCP(ctx, []System{Redirect{}, few, offload}) })
}

// all takes the steps of a comparison and judges the report.
func (b *Bench) all(ctx context.Context, steps ...func() error) error {
	for _, step := range steps {
		err := step()
		if ctx.Err() != nil {
			return errors.Join(err, ctx.Err())
		}
		if err != nil {
			b.Report.Notes = append(b.Report.Notes, err.Error())
			b.Progress("%v", err)
		}
	}
	b.Report.Judge()
	return nil
}

// halfLatency measures latency at half of a system's loss-free rate, through it and
// through plain redirect.
func (b *Bench) halfLatency(ctx context.Context, s System, traffic Traffic) error {
	rate := b.lossFree(s.Name(), traffic)
	if rate == 0 {
		return errors.New("measure latency: " + s.Name() + " has no loss-free rate")
	}
	return b.Latency(ctx, []System{Redirect{}, s}, traffic, math.Floor(rate/2))
}

// lossFree is a measured loss-free rate, 0 if there is none.
func (b *Bench) lossFree(system string, traffic Traffic) float64 {
	for _, t := range b.Report.Throughput {
		if t.System == system && t.Traffic == traffic {
			return t.LossFree
		}
	}
	return 0
}

// floodRate is the rate of a flood with the established flows beside it: what the appliance
// should take of new flows and half as much again, so that most of the loss of new
// flows is its own; at the full speed of the generator the cable loses of all flows alike.
func (b *Bench) floodRate() float64 { return 1.5 * newFlowTarget * (1 + floodMore) / floodMore }

// LatencyAtHalf finds a system's loss-free rate, then measures latency at half of it.
func (b *Bench) LatencyAtHalf(ctx context.Context, s System, traffic Traffic) error {
	if err := b.Throughput(ctx, []System{s}, traffic); err != nil {
		return err
	}
	return b.halfLatency(ctx, s, traffic)
}
