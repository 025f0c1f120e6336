package guard

import "sync/atomic"

const (
	shareBits = 12
	// generosity is how many bindings a network may have for each that is free.
	generosity = 4
)

// shares counts bindings, and which network has them: as in the offload map, one
// that is alone may have four fifths, and the more there are, the less each gets
// of what is left (Choudhury and Hahne, Dynamic Queue Length Thresholds). It is the VNI that
// has a share: workloads choose VLAN tags as they like.
type shares struct {
	capacity int64
	total    atomic.Int64
	by       [1 << shareBits]atomic.Int64 // several networks may meet in one
}

func (s *shares) of(network uint64) *atomic.Int64 {
	return &s.by[(network&maxVNI)*0x9e3779b97f4a7c15>>(64-shareBits)]
}

// fit says whether a network may have one more.
func (s *shares) fit(network uint64) bool {
	return s.of(network).Load() < generosity*(s.capacity-s.total.Load())
}

func (s *shares) add(network uint64, n int64) {
	s.total.Add(n)
	s.of(network).Add(n)
}
