package load

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"
)

// Bench takes measurements, one after the other, into a report.
type Bench struct {
	Topology *Topology
	Settings Settings
	Progress func(format string, args ...any) // what is being done
	Report   *Report

	missing map[string]bool // systems that are not installed
}

// Settings are the same for all measurements of a report.
type Settings struct {
	Duration time.Duration `json:"trial_ns"`
	Repeats  int           `json:"repeats"`
	Loss     float64       `json:"loss_tolerance"` // share of frames
}

// DefaultSettings are a compromise between patience and noise.
func DefaultSettings() Settings {
	return Settings{Duration: time.Second, Repeats: 3, Loss: DefaultLoss}
}

// Check returns an error that names what is out of bounds.
func (s Settings) Check() error {
	switch {
	case s.Duration < 100*time.Millisecond || s.Duration > time.Minute:
		return fmt.Errorf("trials of %v are not within 100ms to 1m", s.Duration)
	case s.Repeats < 1 || s.Repeats > 20:
		return fmt.Errorf("%d repeats are not within 1 to 20", s.Repeats)
	case s.Loss < 0 || s.Loss > 0.05:
		return fmt.Errorf("a loss of %g %% is not within 0 to 5 %%", 100*s.Loss)
	}
	return nil
}

// NewBench makes a topology and an empty report. Close it.
func NewBench(place Placement, s Settings, progress func(string, ...any)) (*Bench, error) {
	if os.Geteuid() != 0 {
		return nil, errors.New("make network namespaces: run as root")
	}
	if err := s.Check(); err != nil {
		return nil, err
	}
	t, err := NewTopology(place)
	if err != nil {
		return nil, err
	}
	return &Bench{
		Topology: t, Settings: s, Progress: progress, missing: map[string]bool{},
		Report: &Report{Started: time.Now(), Machine: ThisMachine(), Placement: place, Where: place.String(), Settings: s},
	}, nil
}

// Close takes the topology down.
func (b *Bench) Close() { b.Topology.Close() }

// each calls f for each system, again and again: repeats are interleaved, so that what
// disturbs the machine for a while disturbs all systems alike. Systems that
// are not installed are noted and left out.
func (b *Bench) each(ctx context.Context, systems []System, f func(System) error) error {
	for repeat := range b.Settings.Repeats {
		for _, s := range systems {
			if b.missing[s.Name()] {
				continue
			}
			b.Progress("%d/%d %s", repeat+1, b.Settings.Repeats, s.Name())
			err := f(s)
			if errors.Is(err, ErrNotInstalled) {
				b.missing[s.Name()] = true
				b.Report.Notes = append(b.Report.Notes, err.Error())
				continue
			}
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Throughput measures the rates of systems with a traffic.
func (b *Bench) Throughput(ctx context.Context, systems []System, traffic Traffic) error {
	rows := map[string]*Throughput{}
	for _, s := range systems {
		rows[s.Name()] = &Throughput{System: s.Name(), Traffic: traffic}
	}
	err := b.each(ctx, systems, func(s System) error {
		r, err := NewRig(ctx, b.Topology, s, traffic)
		if err != nil {
			return err
		}
		rates, err := r.Rates(ctx, b.Settings.Duration, b.Settings.Loss)
		if err == nil {
			rows[s.Name()].Runs = append(rows[s.Name()].Runs, rates)
		}
		return errors.Join(err, r.Close())
	})
	for _, s := range systems {
		if row := rows[s.Name()]; len(row.Runs) > 0 {
			row.sum()
			b.Report.Throughput = append(b.Report.Throughput, *row)
		}
	}
	return err
}

// Latency measures how long frames take at a rate.
func (b *Bench) Latency(ctx context.Context, systems []System, traffic Traffic, rate float64) error {
	rows := map[string]*Latency{}
	for _, s := range systems {
		rows[s.Name()] = &Latency{System: s.Name(), Traffic: traffic, Rate: rate}
	}
	err := b.each(ctx, systems, func(s System) error {
		r, err := NewRig(ctx, b.Topology, s, traffic)
		if err != nil {
			return err
		}
		t, err := r.warmTry(ctx, rate, 2*b.Settings.Duration)
		if err == nil {
			rows[s.Name()].add(&t)
		}
		return errors.Join(err, r.Close())
	})
	for _, s := range systems {
		if row := rows[s.Name()]; len(row.Runs) > 0 {
			row.sum()
			b.Report.Latency = append(b.Report.Latency, *row)
		}
	}
	return err
}

// TCP measures one TCP connection through systems.
func (b *Bench) TCP(ctx context.Context, systems []System) error {
	rows := map[string]*TCP{}
	for _, s := range systems {
		rows[s.Name()] = &TCP{System: s.Name()}
	}
	err := b.each(ctx, systems, func(s System) error {
		t, err := TryTCP(ctx, b.Topology, s, 2*b.Settings.Duration)
		if err == nil {
			rows[s.Name()].Runs = append(rows[s.Name()].Runs, t)
		}
		return err
	})
	for _, s := range systems {
		if row := rows[s.Name()]; len(row.Runs) > 0 {
			row.sum()
			b.Report.TCP = append(b.Report.TCP, *row)
		}
	}
	return err
}

// Flood measures what established flows lose while new flows come in at several
// times their rate. The traffic says how many times.
func (b *Bench) Flood(ctx context.Context, s System, traffic Traffic, rate float64) error {
	row := Flood{System: s.Name(), Traffic: traffic, Rate: rate}
	err := b.each(ctx, []System{s}, func(s System) error {
		r, err := NewRig(ctx, b.Topology, s, traffic)
		if err != nil {
			return err
		}
		t, err := r.warmTry(ctx, rate, 2*b.Settings.Duration)
		if err == nil {
			row.Runs = append(row.Runs, t)
		}
		return errors.Join(err, r.Close())
	})
	if len(row.Runs) > 0 {
		row.sum()
		b.Report.Flood = append(b.Report.Flood, row)
	}
	return err
}
