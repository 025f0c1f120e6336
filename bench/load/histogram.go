package load

import "time"

// Shape of the histogram; sink.bpf.c says the same.
const (
	precision = 5
	buckets   = 1024
)

// Histogram has how many frames took how long, in buckets that are at most 1/32
// wide. The zero value is empty.
type Histogram struct{ counts [buckets]uint64 }

// Total is the number of frames.
func (h *Histogram) Total() (n uint64) {
	for _, c := range h.counts {
		n += c
	}
	return n
}

// Quantile returns the time that a share of the frames, 0 to 1, did not exceed: the
// upper end of its bucket. It is 0 for an empty histogram.
func (h *Histogram) Quantile(share float64) time.Duration {
	rank := uint64(share * float64(h.Total()))
	var seen uint64
	for i, n := range h.counts {
		if seen += n; n > 0 && seen >= max(rank, 1) {
			return time.Duration(upper(i))
		}
	}
	return 0
}

// upper is the largest number of nanoseconds in a bucket.
func upper(bucket int) uint64 {
	shift := max(bucket>>precision-1, 0)
	return uint64(bucket-shift<<precision+1)<<shift - 1
}
