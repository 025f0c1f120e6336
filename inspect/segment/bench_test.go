package segment_test

import (
	"fmt"
	"testing"

	"vxwall/inspect/segment"
	"vxwall/inspect/segment/segmenttest"
)

// flows is the number of different flows that BenchmarkLookup judges in turn:
// enough that what a lookup needs of the policy is seldom in the nearest cache.
const flows = 10_000

// BenchmarkLookup judges random flows by policies that differ in the number of
// rules alone: same segments, same flows.
func BenchmarkLookup(b *testing.B) {
	for _, count := range []int{1_000, 100_000} {
		b.Run(fmt.Sprint("rules=", count), func(b *testing.B) {
			set := segmenttest.Synthetic(count, 10_000, 1)
			p := segment.Compile(set, now)
			queries := segmenttest.Queries(set, flows, 1)
			var s segment.Scratch
			matched := 0
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				if p.Lookup(&queries[i], &s).Rule != segment.NoRule {
					matched++
				}
				if i++; i == flows {
					i = 0
				}
			}
			b.ReportMetric(float64(matched)/float64(b.N), "matched/op")
		})
	}
}

func BenchmarkCompile(b *testing.B) {
	set := segmenttest.Synthetic(100_000, 10_000, 1)
	for b.Loop() {
		segment.Compile(set, now)
	}
}
