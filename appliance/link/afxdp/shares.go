package afxdp

import "sync/atomic"

// shares counts the entries of the offload table, and who has them.
type shares struct {
	total atomic.Int64
	byVNI [1 << shareBits]atomic.Int64 // several VNIs may meet in one
}

const (
	shareBits = 12
	// generosity is how many entries a VNI may have for each that is still free.
	generosity = 4
)

// of is the place of a VNI.
func (s *shares) of(vni uint32) *atomic.Int64 { return &s.byVNI[vni*0x9e3779b1>>(32-shareBits)] }

// fit says whether there is room for one more entry of a VNI. One that is alone
// may have four fifths of the map; it cannot keep the others from having some, and
// the more there are, the less each gets of what is left (Choudhury and Hahne,
// Dynamic Queue Length Thresholds).
func (s *shares) fit(vni uint32, capacity int) bool {
	return s.of(vni).Load() < generosity*(int64(capacity)-s.total.Load())
}

func (s *shares) add(vni uint32, n int64) {
	s.total.Add(n)
	s.of(vni).Add(n)
}
