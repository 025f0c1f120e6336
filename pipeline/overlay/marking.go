package overlay

// DSCPModel says how the DSCP of outer and inner headers go together (RFC 2983).
type DSCPModel uint8

// The models. We take a packet out of one tunnel and put it into another.
const (
	// DSCPPipe: inner packets keep theirs, outer headers have one that is configured.
	DSCPPipe DSCPModel = iota
	// DSCPUniform: there is one only. What the outer header says when the packet
	// arrives is written into the inner header, and that into the new outer one.
	DSCPUniform
	// DSCPKeep: inner packets keep theirs, and the outer DSCP stays what it was.
	DSCPKeep
)

// ECNMode is how a tunnel's ingress marks outer headers (RFC 6040 section 4.1).
type ECNMode uint8

// The modes.
const (
	ECNNormal        ECNMode = iota // as the inner packet
	ECNCompatibility                // Not-ECT: for peers that do not know better
)

// Codepoints of ECN (RFC 3168 section 5).
const (
	NotECT = 0
	ECT1   = 1
	ECT0   = 2
	CE     = 3

	ecnMask = 3
)

// ecnOut is what a tunnel's egress makes of the ECN of inner and outer header
// (RFC 6040 section 4.2, figure 4), also behind a VXLAN header (RFC 9601 section
// 3). dropped is not ECN.
var ecnOut = [4][4]uint8{
	//       outer: Not-ECT  ECT(1)  ECT(0)  CE
	NotECT: {NotECT, NotECT, NotECT, dropped},
	ECT1:   {ECT1, ECT1, ECT1, CE},
	ECT0:   {ECT0, ECT1, ECT0, CE},
	CE:     {CE, CE, CE, CE},
}

const dropped = 4

// Remark is what becomes of the TOS bytes of a packet (DSCP and ECN) between two
// tunnels: inner is the inner packet's, outer that of the tunnel it came by. What
// is not IP has no inner one, and counts as Not-ECT. ok is false if the packet must
// be dropped: it met congestion and cannot say so.
func (o *Options) Remark(inner, outer uint8, isIP bool) (newInner, newOuter uint8, ok bool) {
	if !isIP {
		inner = NotECT
	}
	ecn := ecnOut[inner&ecnMask][outer&ecnMask]
	if ecn == dropped {
		return inner, 0, false
	}
	newInner = inner&^ecnMask | ecn
	newOuter = o.PipeDSCP << 2
	switch o.DSCP {
	case DSCPUniform:
		newInner = outer&^ecnMask | ecn
		newOuter = outer &^ ecnMask
	case DSCPKeep:
		newOuter = outer &^ ecnMask
	}
	if o.ECN == ECNNormal {
		newOuter |= ecn
	}
	return newInner, newOuter, true
}
