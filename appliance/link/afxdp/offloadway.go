package afxdp

import (
	"math"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
	"vxwall/pipeline/wire"
)

// Lengths of outer headers, and bits of offload_way.marks (shared.bpf.h).
const (
	header4Len = wire.EthernetLen + wire.IPv4MinLen + wire.UDPLen + wire.VXLANLen
	header6Len = header4Len - wire.IPv4MinLen + wire.IPv6Len

	dscpOfTunnel = 1
	dscpToInner  = 2
	ecnToOuter   = 4
	outerIPv6    = 8
)

// makeWay sets how packets of an entry leave. It reports false for what the program
// cannot do.
func makeWay(w *offloadWay, l *pipeline.Leave) bool {
	out, said := l.Out.Port()
	v6 := len(l.Header) == header6Len
	if !said || out > 1 || !v6 && len(l.Header) != header4Len {
		return false
	}
	*w = offloadWay{
		Out: uint8(out), Marks: marksOf(l.Options, v6), Mtu: uint16(min(l.MTU, math.MaxUint16)),
		From: l.Footing.From, To: l.Footing.To, Changes: l.Footing.Changes,
	}
	copy(w.Header[:], l.Header)
	ip := w.Header[wire.EthernetLen:]
	dscp := uint8(0)
	if w.Marks&dscpOfTunnel == 0 {
		dscp = l.Options.PipeDSCP << 2
	}
	if v6 {
		h := wire.IPv6(ip)
		h.SetTOS(dscp)
		h.SetPayloadLen(0)
		wire.UDP(ip[wire.IPv6Len:]).SetLen(0)
		return true
	}
	h := wire.IPv4(ip)
	h.SetTotalLen(0)
	wire.UDP(ip[wire.IPv4MinLen:]).SetLen(0)
	ip[1], ip[10], ip[11] = 0, 0, 0
	sum := ^wire.Checksum(ip[:wire.IPv4MinLen], 0)
	ip[1], ip[10], ip[11] = dscp, uint8(sum>>8), uint8(sum)
	return true
}

func marksOf(o *overlay.Options, v6 bool) (marks uint8) {
	if o.DSCP != overlay.DSCPPipe {
		marks |= dscpOfTunnel
	}
	if o.DSCP == overlay.DSCPUniform {
		marks |= dscpToInner
	}
	if o.ECN == overlay.ECNNormal {
		marks |= ecnToOuter
	}
	if v6 {
		marks |= outerIPv6
	}
	return marks
}
