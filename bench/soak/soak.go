package soak

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
)

// Options of a run.
type Options struct {
	Name     string // of the lab
	VTEP     bool   // vxwall is a VTEP, not a wire
	Binary   string // of vxwall
	Duration time.Duration
	Every    time.Duration // between samples
	Progress io.Writer     // a line for each sample; nil for none
}

// Report is what a run found.
type Report struct {
	Duration time.Duration `json:"duration_ns"`
	Load     *Load         `json:"load"`
	Samples  []Sample      `json:"samples"`
	Status   admin.Status  `json:"status"` // at the end
	Faults   []string      `json:"faults"` // what does not hold; empty if all does
}

// settleTime is how long after the load the last frames may be on their way: incomplete
// datagrams wait until fragments.timeout, set to a second here.
const settleTime = 4 * time.Second

// peersTime is how long the peers of a VTEP may take to be found.
const peersTime = 10 * time.Second

// Run builds a lab, runs vxwall in it under load, and takes it down. The error
// is for a run that could not be made, or ended early; the report says how far it came.
func Run(ctx context.Context, o Options) (report Report, err error) {
	l, err := lab.Up(ctx, lab.Options{Name: o.Name, Underlay: lab.Mixed, Queues: 2, VTEP: o.VTEP})
	if err != nil {
		return report, err
	}
	defer func() { err = errors.Join(err, l.Down()) }()
	// On a machine that is too busy to let a worker run for a while, on_death = "relay" would
	// let connections pass that are denied, and the load would find them.
	a, err := l.Start(ctx, lab.Setup{Binary: o.Binary, Policy: lab.ExamplePolicy, Config: map[string]any{
		"fragments.timeout": "1s", "datapath.on_death": "drop",
	}})
	if err != nil {
		return report, err
	}
	if err := awaitPeers(ctx, admin.NewClient(l.Socket())); err != nil {
		return report, err
	}
	load := &loader{lab: l}
	report.Load = &load.load
	loaded, cancel := context.WithTimeout(ctx, o.Duration)
	defer cancel()
	begin := time.Now()
	load.start(loaded)
	err = report.watch(loaded, o, a.PID(), admin.NewClient(l.Socket()))
	cancel()
	load.done.Wait()
	report.Duration = time.Since(begin)
	if err != nil || ctx.Err() != nil {
		return report, errors.Join(err, ctx.Err())
	}
	time.Sleep(settleTime)
	if report.Status, err = admin.NewClient(l.Socket()).Status(ctx); err != nil {
		return report, err
	}
	report.Faults = faults(&report.Status, report.Load, report.Samples)
	if load.load.Trouble != "" {
		report.Faults = append(report.Faults, "the load had trouble: "+load.load.Trouble)
	}
	return report, a.Stop()
}

// awaitPeers waits until a VTEP can reach all others; a wire has none.
func awaitPeers(ctx context.Context, client *admin.Client) error {
	ctx, cancel := context.WithTimeout(ctx, peersTime)
	defer cancel()
	for {
		status, err := client.Status(ctx)
		if err != nil || status.VTEP == nil {
			return err
		}
		if !slices.ContainsFunc(status.VTEP.Peers, func(p admin.Peer) bool { return !p.Ready }) {
			return nil
		}
		sleep(ctx, 20*time.Millisecond)
		if ctx.Err() != nil {
			return fmt.Errorf("wait for the peers: %v: %w", status.Attention, ctx.Err())
		}
	}
}

// watch takes samples until the time is up.
func (r *Report) watch(ctx context.Context, o Options, pid int, client *admin.Client) error {
	begin := time.Now()
	for {
		sleep(ctx, o.Every)
		if ctx.Err() != nil {
			return nil
		}
		status, err := client.Status(ctx)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		sample, err := take(pid, &status, time.Since(begin))
		if err != nil {
			return err
		}
		r.Samples = append(r.Samples, sample)
		if o.Progress != nil {
			fmt.Fprintln(o.Progress, sample)
		}
	}
}
