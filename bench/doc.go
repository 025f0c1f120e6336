// Package bench measures vxwall: benchmarks of the packet path in memory here,
// the demo capture and how it was recorded in demo/.
//
// `make bench` runs them and sums them up; docs/performance.md has the figures
// and what they mean.
package bench
