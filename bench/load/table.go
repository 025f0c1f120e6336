package load

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteJSON writes all of the report.
func (r *Report) WriteJSON(out io.Writer) error {
	e := json.NewEncoder(out)
	e.SetIndent("", "  ")
	return e.Encode(r)
}

// WriteText writes the report as a person reads it: medians, and in brackets the lowest
// and highest of the repeats.
func (r *Report) WriteText(out io.Writer) error {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintf(w, "vxwall %s, %s, %.0f s\n%s\n%s\n", r.Version, r.Started.UTC().Format(time.RFC3339), r.Elapsed, r.Machine, r.Where)
	fmt.Fprintf(w, "medians of %d interleaved repeats [lowest - highest], trials of %v, loss-free = at most %g %% lost\n", r.Settings.Repeats, r.Settings.Duration, 100*r.Settings.Loss)
	r.writeThroughput(w)
	r.writeLatency(w)
	r.writeTCP(w)
	r.writeFlood(w)
	r.writeBars(w)
	for _, n := range r.Notes {
		fmt.Fprintf(w, "\nnote: %s", n)
	}
	if len(r.Notes) > 0 {
		fmt.Fprintln(w)
	}
	return w.Flush()
}

func (r *Report) writeThroughput(w io.Writer) {
	if len(r.Throughput) == 0 {
		return
	}
	fmt.Fprintf(w, "\nthroughput\ttraffic\toverload Mpps\t\tGbit/s\tloss-free Mpps\t\n")
	for _, t := range r.Throughput {
		bound := ""
		if t.Bound {
			bound = "generator's limit"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%.2f\t%s\t%s\t%s\n", t.System, t.Traffic, mega(t.Overload),
			spread(t.Runs, func(r Rates) float64 { return r.Overload.Delivered }), t.Bits/1e9,
			mega(t.LossFree), spread(t.Runs, func(r Rates) float64 { return r.LossFree }), bound)
	}
}

func (r *Report) writeLatency(w io.Writer) {
	if len(r.Latency) == 0 {
		return
	}
	fmt.Fprintf(w, "\nlatency\ttraffic\tMpps\tp50 µs\tp99 µs\tp99.9 µs\tp99 of each repeat\n")
	for _, l := range r.Latency {
		var each []string
		for _, run := range l.Runs {
			each = append(each, micro(run.P99))
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", l.System, l.Traffic, mega(l.Rate), micro(l.P50), micro(l.P99), micro(l.P999), strings.Join(each, " "))
	}
}

func (r *Report) writeTCP(w io.Writer) {
	if len(r.TCP) == 0 {
		return
	}
	fmt.Fprintf(w, "\none TCP connection\tGbit/s\t\n")
	for _, t := range r.TCP {
		fmt.Fprintf(w, "%s\t%.2f\t%s\n", t.System, t.Bits/1e9, spread(t.Runs, func(r TCPTrial) float64 { return r.Bits / 1e3 }))
	}
}

func (r *Report) writeFlood(w io.Writer) {
	if len(r.Flood) == 0 {
		return
	}
	fmt.Fprintf(w, "\nflood of new flows\ttraffic\tMpps, all\testablished lost\tnew delivered\n")
	for _, f := range r.Flood {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.4f %%\t%.1f %%\n", f.System, f.Traffic, mega(f.Rate), 100*f.Loss, 100*f.New)
	}
}

func (r *Report) writeBars(w io.Writer) {
	if len(r.Bars) == 0 {
		return
	}
	fmt.Fprintf(w, "\nbar\tmeasured\ttarget\theld\tbeside\n")
	for _, b := range r.Bars {
		held, sign := "yes", ">="
		if !b.Held {
			held = "NO"
		}
		if b.Below {
			sign = "<"
		}
		fmt.Fprintf(w, "%s\t%.3g %s\t%s %g %s\t%s\t%s\n", b.What, b.Value, b.Unit, sign, b.Target, b.Unit, held, b.Beside)
	}
}

// String is the traffic in a few words.
func (t Traffic) String() string {
	words := []string{string(t.Size)}
	if t.NewFlows {
		words = append(words, "new flows")
	} else {
		words = append(words, fmt.Sprintf("%d flows", t.Flows))
	}
	if t.VNIs > 1 {
		words = append(words, fmt.Sprintf("%d VNIs", t.VNIs))
	}
	if t.Flood > 0 {
		words = append(words, fmt.Sprintf("1 : %d new", t.Flood))
	}
	if t.OuterV6 {
		words = append(words, "outer IPv6")
	}
	if t.InnerV6 {
		words = append(words, "inner IPv6")
	}
	return strings.Join(words, ", ")
}

func mega(rate float64) string { return fmt.Sprintf("%.3f", rate/1e6) }

func micro(nanoseconds int64) string { return fmt.Sprintf("%.1f", float64(nanoseconds)/1e3) }

// spread is the lowest and the highest of the repeats.
func spread[R any](runs []R, figure func(R) float64) string {
	var all []float64
	for _, r := range runs {
		all = append(all, figure(r))
	}
	return fmt.Sprintf("[%s - %s]", mega(slices.Min(all)), mega(slices.Max(all)))
}
