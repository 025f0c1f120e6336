package appliance

import (
	"runtime/debug"
	"testing"
)

// gcPercent returns the collector's target.
func gcPercent() int {
	n := debug.SetGCPercent(100)
	debug.SetGCPercent(n)
	return n
}

func TestSpare(t *testing.T) {
	for _, before := range []int{100, 10, -1} {
		old := debug.SetGCPercent(before)
		during := compileGC
		if before < compileGC {
			during = before
		}
		first, second := spare(), spare()
		first()
		if got := gcPercent(); got != during {
			t.Errorf("target %d%%, one still compiles: %d%%, want %d%%", before, got, during)
		}
		second()
		if got := debug.SetGCPercent(old); got != before {
			t.Errorf("target %d%%, none compiles any more: %d%%", before, got)
		}
	}
}
