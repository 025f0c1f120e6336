package appliance

import (
	"runtime/debug"
	"sync"
)

// compileGC is the collector's target while signatures are read and compiled, percent.
// That makes several times what stays of it: at the usual 100 the process would grow to twice
// what it needs, and would not shrink for minutes. The price is a fifth of the time.
const compileGC = 25

// sparing counts those who compile, for the collector's target is the process's.
var sparing struct {
	mu     sync.Mutex
	users  int
	before int
}

// spare makes the collector keep the heap small until the function it returns is called, which
// gives what is free back to the system.
func spare() (done func()) {
	s := &sparing
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users++; s.users == 1 {
		s.before = debug.SetGCPercent(compileGC)
		if s.before < compileGC { // whoever set that, or turned it off, knows why
			debug.SetGCPercent(s.before)
		}
	}
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users--; s.users == 0 {
			debug.FreeOSMemory()
			debug.SetGCPercent(s.before)
		}
	}
}
