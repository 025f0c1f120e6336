package av

import "sync/atomic"

// Stats counts files, for all workers. Any goroutine may read it.
type Stats struct {
	Files   [Outcomes]atomic.Uint64 // judged, by outcome
	Bytes   atomic.Uint64           // of them
	Stopped atomic.Uint64           // that their profile's action stops
}

func (s *Stats) count(f *file, a Action) {
	if s == nil {
		return
	}
	s.Files[f.finding.Outcome].Add(1)
	s.Bytes.Add(f.size)
	if a.Stops() {
		s.Stopped.Add(1)
	}
}
