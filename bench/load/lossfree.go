package load

import (
	"context"
	"time"
)

// Limits of a search for the loss-free rate.
const (
	// DefaultLoss is the share of frames that may be lost at a "loss-free" rate. RFC 2544
	// section 26.1 wants none. Between network namespaces a frame waits in a
	// ring of 256, which is 100 µs at 2.5 Mpps: every time that a shared
	// core does something else, some are lost, by plain redirect too. So 0.1 %, and the
	// loss is stated.
	DefaultLoss = 0.001
	resolution  = 0.03
	slowest     = 1000 // frames per second
)

// Rates is what a system can do with a traffic.
type Rates struct {
	Overload Trial   `json:"overload"`        // the generator at full speed
	LossFree float64 `json:"loss_free_pps"`   // 0 if every rate lost too much
	Loss     float64 `json:"loss"`            // at that rate
	Bound    bool    `json:"generator_bound"` // the generator could not go faster
	Trials   []Trial `json:"trials"`          // of the search
}

// Rates measures the rate under overload, then looks for the loss-free one. d is the length
// of a trial, loss the share that may be lost.
func (r *Rig) Rates(ctx context.Context, d time.Duration, loss float64) (out Rates, err error) {
	if out.Overload, err = r.warmTry(ctx, 0, d); err != nil {
		return out, err
	}
	best := 0.0
	try := func(rate float64) (float64, bool, error) {
		t, err := r.Try(ctx, rate, d)
		out.Trials = append(out.Trials, t)
		ok := err == nil && t.Received > 0 && t.Loss() <= loss
		if ok && t.Offered >= best {
			best, out.Loss = t.Offered, t.Loss()
		}
		return t.Offered, ok, err
	}
	delivered := max(out.Overload.Delivered, slowest)
	low, high := delivered/16, min(out.Overload.Offered, 1.5*delivered)
	var reached bool
	out.LossFree, reached, err = Search(max(low, slowest), max(high, 2*slowest), resolution, try)
	out.Bound = !reached
	return out, err
}
