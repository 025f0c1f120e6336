package load

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// Report is what was measured: the median of each figure, and all of the raw ones.
type Report struct {
	Version    string       `json:"version"` // of vxwall
	Started    time.Time    `json:"started"`
	Elapsed    float64      `json:"elapsed_s"`
	Machine    Machine      `json:"machine"`
	Placement  Placement    `json:"placement"`
	Where      string       `json:"what_ran_where"`
	Settings   Settings     `json:"settings"`
	Throughput []Throughput `json:"throughput,omitempty"`
	Latency    []Latency    `json:"latency,omitempty"`
	TCP        []TCP        `json:"tcp,omitempty"`
	Flood      []Flood      `json:"flood,omitempty"`
	Bars       []Bar        `json:"bars,omitempty"`
	Notes      []string     `json:"notes,omitempty"`
}

// Throughput is one system with one traffic. Rates are frames per second.
type Throughput struct {
	System    string  `json:"system"`
	Traffic   Traffic `json:"traffic"`
	Overload  float64 `json:"overload_pps"` // delivered with the generator at full speed
	Offered   float64 `json:"offered_pps"`  // meanwhile
	Bits      float64 `json:"overload_bps"`
	LossFree  float64 `json:"loss_free_pps"`
	Bound     bool    `json:"generator_bound"` // some loss-free rate was the generator's limit
	Reordered uint64  `json:"reordered"`       // frames of all runs under overload
	Runs      []Rates `json:"runs"`
}

// calm is how far the repeats of one system may be apart, highest over lowest, before the report
// says so.
const calm = 1.25

// NoteHiccups adds a note for each row whose repeats are far apart: the machine had
// other things to do.
func (r *Report) NoteHiccups() {
	for _, t := range r.Throughput {
		low, high := math.Inf(1), 0.0
		for _, run := range t.Runs {
			low, high = min(low, run.Overload.Delivered), max(high, run.Overload.Delivered)
		}
		if low > 0 && high > calm*low {
			r.Notes = append(r.Notes, fmt.Sprintf("%s (%s): the highest repeat is %.1f times the lowest: the machine was busy, or is not steady", t.System, t.Traffic, high/low))
		}
	}
}

func (t *Throughput) sum() {
	t.Overload = median(t.Runs, func(r Rates) float64 { return r.Overload.Delivered })
	t.Offered = median(t.Runs, func(r Rates) float64 { return r.Overload.Offered })
	t.Bits = median(t.Runs, func(r Rates) float64 { return r.Overload.Bits })
	t.LossFree = median(t.Runs, func(r Rates) float64 { return r.LossFree })
	for _, r := range t.Runs {
		t.Bound = t.Bound || r.Bound
		t.Reordered += r.Overload.Reordered
	}
}

// Latency is how long frames took through one system at a rate.
type Latency struct {
	System  string       `json:"system"`
	Traffic Traffic      `json:"traffic"`
	Rate    float64      `json:"asked_pps"`
	P50     int64        `json:"p50_ns"`
	P99     int64        `json:"p99_ns"`
	P999    int64        `json:"p999_ns"`
	Runs    []LatencyRun `json:"runs"`
}

// LatencyRun is one run of a Latency.
type LatencyRun struct {
	Trial
	P50  int64 `json:"p50_ns"`
	P99  int64 `json:"p99_ns"`
	P999 int64 `json:"p999_ns"`
	Max  int64 `json:"max_ns"`
}

func (l *Latency) add(t *Trial) {
	at := func(share float64) int64 { return int64(t.Histogram.Quantile(share)) }
	l.Runs = append(l.Runs, LatencyRun{*t, at(0.5), at(0.99), at(0.999), at(1)})
}

func (l *Latency) sum() {
	l.P50 = median(l.Runs, func(r LatencyRun) int64 { return r.P50 })
	l.P99 = median(l.Runs, func(r LatencyRun) int64 { return r.P99 })
	l.P999 = median(l.Runs, func(r LatencyRun) int64 { return r.P999 })
}

// TCP is one TCP connection through one system.
type TCP struct {
	System string     `json:"system"`
	Bits   float64    `json:"bps"`
	Runs   []TCPTrial `json:"runs"`
}

func (t *TCP) sum() { t.Bits = median(t.Runs, func(r TCPTrial) float64 { return r.Bits }) }

// Flood is what established flows lost beside a flood of new ones.
type Flood struct {
	System  string  `json:"system"`
	Traffic Traffic `json:"traffic"`
	Rate    float64 `json:"asked_pps"`    // of all frames
	Loss    float64 `json:"loss"`         // of the established flows, median
	New     float64 `json:"new_survived"` // share of the flood that arrived, median
	Runs    []Trial `json:"runs"`
}

func (f *Flood) sum() {
	f.Loss = median(f.Runs, func(t Trial) float64 { return t.Loss() })
	f.New = median(f.Runs, func(t Trial) float64 { return float64(t.Survived) / float64(max(t.Flooded, 1)) })
}

// median of a figure of runs: of an even number the lower of the two in the middle, 0
// of none.
func median[R any, N cmp.Ordered](runs []R, figure func(R) N) (m N) {
	all := make([]N, 0, len(runs))
	for _, r := range runs {
		all = append(all, figure(r))
	}
	slices.Sort(all)
	if len(all) > 0 {
		m = all[(len(all)-1)/2]
	}
	return m
}
