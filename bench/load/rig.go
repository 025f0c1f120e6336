package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Rig is a topology with a system in wall, a generator at gen and a sink at sink.
type Rig struct {
	Topology  *Topology
	System    System
	Traffic   Traffic
	generator *Generator
	sink      *Sink
	stop      func() error
	runs      uint16
}

// NewRig starts a system and readies traffic for it. If the system keeps state of
// flows, those of the traffic are established. Close the rig.
func NewRig(ctx context.Context, t *Topology, s System, traffic Traffic) (*Rig, error) {
	r := &Rig{Topology: t, System: s, Traffic: traffic}
	if err := r.open(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("set up %s: %w", s.Name(), err), r.Close())
	}
	return r, nil
}

func (r *Rig) open(ctx context.Context) (err error) {
	if r.stop, err = r.System.Start(ctx, r.Topology); err != nil {
		return err
	}
	there, _ := r.System.Ways(r.Topology)
	if r.generator, err = NewGenerator(r.Topology.Port(Gen0), r.Traffic, direction{way: there}); err != nil {
		return err
	}
	if r.sink, err = NewSink(r.Topology.Port(Sink0)); err != nil {
		return err
	}
	if r.Traffic.NewFlows {
		return nil
	}
	return r.establish(ctx)
}

// establishRate is slow enough for every system to lose nothing.
const establishRate = 20_000

// establish sends two frames of each flow there, one back in between: after that
// a flow is as good as it will get.
func (r *Rig) establish(ctx context.Context) error {
	_, back := r.System.Ways(r.Topology)
	order := Order{Rate: establishRate, Frames: uint64(r.Traffic.Flows)}
	first := r.Traffic
	first.Flood = 0
	if err := r.send(ctx, Gen0, first, order); err != nil || back.From.MAC == nil {
		return err
	}
	if err := r.send(ctx, Sink0, first, order); err != nil {
		return err
	}
	return r.send(ctx, Gen0, first, order)
}

// send sends frames of the traffic's flows out of a port, whatever becomes of them.
func (r *Rig) send(ctx context.Context, port string, traffic Traffic, o Order) error {
	there, back := r.System.Ways(r.Topology)
	d := direction{way: there}
	if port == Sink0 {
		d = direction{way: back, answer: true}
	}
	g, err := NewGenerator(r.Topology.Port(port), traffic, d)
	if err != nil {
		return err
	}
	defer g.Close()
	if _, err = g.Run(ctx, o); err != nil {
		return err
	}
	time.Sleep(settleTime)
	return ctx.Err()
}

// settleTime is for frames that are under way.
const settleTime = 30 * time.Millisecond

// Trial is what one run of the generator showed.
type Trial struct {
	Asked     float64 `json:"asked_pps,omitempty"` // 0 for as fast as can be
	Offered   float64 `json:"offered_pps"`         // what the generator managed, all streams
	Delivered float64 `json:"delivered_pps"`       // of the first stream
	Sent      uint64  `json:"sent"`                // of the first stream
	Received  uint64  `json:"received"`
	Reordered uint64  `json:"reordered"`
	Late      uint64  `json:"late,omitempty"`     // times that the generator was held up
	Flooded   uint64  `json:"flooded,omitempty"`  // frames of new flows beside
	Survived  uint64  `json:"survived,omitempty"` // of them
	Bits      float64 `json:"delivered_bps"`      // outer frames, without preamble and checksum

	Histogram *Histogram `json:"-"`
}

// Loss is the share of frames that did not arrive, 0 to 1.
func (t *Trial) Loss() float64 {
	if t.Sent == 0 {
		return 0
	}
	return 1 - float64(min(t.Received, t.Sent))/float64(t.Sent)
}

// Try runs the generator at a rate (frames per second, 0 for as fast as can be)
// for some time. Latency is measured only at a rate: a queue that overflows has
// no latency but its length.
func (r *Rig) Try(ctx context.Context, rate float64, d time.Duration) (t Trial, err error) {
	r.runs++
	if err := r.sink.Begin(Watch{Run: r.runs, Latency: rate > 0}); err != nil {
		return t, err
	}
	sent, err := r.generator.Run(ctx, Order{Rate: rate, For: d, Run: r.runs})
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return t, err
	}
	arrived, err := r.drain()
	if err != nil {
		return t, err
	}
	t = Trial{
		Asked: rate, Offered: sent.Rate(), Delivered: arrived.Rate(), Sent: sent.Frames, Received: arrived.Frames,
		Reordered: arrived.Reordered, Late: sent.Late, Flooded: sent.Flooded,
	}
	if arrived.Frames > 0 {
		t.Bits = t.Delivered * 8 * float64(arrived.Bytes) / float64(arrived.Frames)
	}
	flood, err := r.sink.Read(r.Traffic.Stream + 1)
	if err != nil {
		return t, err
	}
	t.Survived = flood.Frames
	if rate > 0 {
		t.Histogram, err = r.sink.Histogram()
	}
	return t, err
}

// warmTry is Try after a shorter one that does not count.
func (r *Rig) warmTry(ctx context.Context, rate float64, d time.Duration) (Trial, error) {
	if _, err := r.Try(ctx, rate, d/4); err != nil {
		return Trial{}, err
	}
	return r.Try(ctx, rate, d)
}

// drain waits until nothing arrives any more, and returns what did.
func (r *Rig) drain() (last Arrived, err error) {
	for range 60 {
		time.Sleep(settleTime)
		now, err := r.sink.Read(r.Traffic.Stream)
		if err != nil || now == last {
			return now, err
		}
		last = now
	}
	return last, nil
}

// Close stops the system.
func (r *Rig) Close() error {
	if r.generator != nil {
		r.generator.Close()
	}
	if r.sink != nil {
		r.sink.Close()
	}
	if r.stop != nil {
		return r.stop()
	}
	return nil
}
