package top

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// unknown stands where two snapshots are needed and there is one.
const unknown = "-"

// rate is a number per second; NaN if it is not known.
type rate float64

// String writes it in at most five characters: 0, 0.3, 12, 999, 1.23k, 45.6M.
func (r rate) String() string {
	v := float64(r)
	switch {
	case math.IsNaN(v):
		return unknown
	case v == 0:
		return "0"
	case v < 9.95:
		return strings.TrimSuffix(fmt.Sprintf("%.1f", max(v, 0.1)), ".0")
	case v < 999.5:
		return fmt.Sprintf("%.0f", v)
	}
	const units = "kMGTPE"
	unit := -1
	for v >= 999.5 && unit < len(units)-1 {
		v, unit = v/1000, unit+1
	}
	digits := 2
	switch {
	case v >= 99.95:
		digits = 0
	case v >= 9.995:
		digits = 1
	}
	return fmt.Sprintf("%.*f%c", digits, v, units[unit])
}

// total writes a count in the same way.
func total(n uint64) string { return rate(n).String() }

// lasted writes a number of seconds in its largest units.
func lasted(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second))
	switch {
	case d >= 24*time.Hour:
		return fmt.Sprintf("%dd%dh", d/(24*time.Hour), d%(24*time.Hour)/time.Hour)
	case d >= time.Hour:
		return fmt.Sprintf("%dh%dm", d/time.Hour, d%time.Hour/time.Minute)
	case d >= time.Minute:
		return fmt.Sprintf("%dm%ds", d/time.Minute, d%time.Minute/time.Second)
	}
	return fmt.Sprintf("%ds", d/time.Second)
}

// fit cuts a text to n characters, in its middle, where addresses and names differ
// least.
func fit(text string, n int) string {
	r := []rune(text)
	if len(r) <= n {
		return text
	}
	if n <= 1 {
		return string(r[:max(n, 0)])
	}
	front := (n - 1) / 2
	return string(r[:front]) + "…" + string(r[len(r)-(n-1-front):])
}

var bars = []rune("▁▂▃▄▅▆▇█")

// sparkline draws rates, the newest last, the largest as the highest bar.
func sparkline(rates []rate) string {
	most := 0.0
	for _, r := range rates {
		if !math.IsNaN(float64(r)) {
			most = max(most, float64(r))
		}
	}
	var b strings.Builder
	for _, r := range rates {
		switch v := float64(r); {
		case math.IsNaN(v):
			b.WriteByte(' ')
		case most == 0:
			b.WriteRune(bars[0])
		default:
			b.WriteRune(bars[int(math.Round(v/most*float64(len(bars)-1)))])
		}
	}
	return b.String()
}
