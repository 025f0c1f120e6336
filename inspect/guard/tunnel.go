package guard

import (
	"encoding/binary"

	"vxwall/pipeline"
)

// tunnels are kept by each worker, by hash: there are few, and they come often.
const tunnels = 256

// tunnel is what was judged of one pair of VTEPs and a VNI. That does not change:
// the configuration is read at the start.
type tunnel struct {
	src, dst [16]byte
	vni      uint32
	port     uint8
	used     bool
	nested   bool // tunnels inside it are none of our business
	mode     Mode
	reason   pipeline.Reason
	culprit  [16]byte // the VTEP that must not; valid iff reason is not OK
	heard    int64    // when the table of ports was last asked of src
}

// tunnel judges the tunnel of a packet.
func (w *watcher) tunnel(p *pipeline.Packet) *tunnel {
	src, dst := p.VTEPs()
	vni, port := p.VNI(), uint8(p.Port())
	mixed := (binary.LittleEndian.Uint64(src[8:]) ^ binary.LittleEndian.Uint64(dst[8:])*3 ^ uint64(vni)<<8 ^ uint64(port)) * 0x9e3779b97f4a7c15
	t := &w.tunnels[mixed>>56]
	if t.used && t.src == src && t.dst == dst && t.vni == vni && t.port == port {
		return t
	}
	*t = tunnel{src: src, dst: dst, vni: vni, port: port, used: true}
	t.mode, t.nested = w.guard.network(vni)
	if w.guard.own.has(&src) {
		t.reason, t.culprit = pipeline.OwnPacket, src
	} else {
		t.reason, t.culprit = w.guard.judge(vni, &src, &dst)
	}
	return t
}

// judge says whether a VNI may travel between two VTEPs, and if not which of them
// must not. We may receive everything.
func (g *Guard) judge(vni uint32, src, dst *[16]byte) (pipeline.Reason, [16]byte) {
	if reason := g.allowed.end(vni, src, false); reason != pipeline.OK {
		return reason, *src
	}
	if g.own.has(dst) {
		return pipeline.OK, *dst
	}
	return g.allowed.end(vni, dst, true), *dst
}

// network says what holds for a VNI.
func (g *Guard) network(vni uint32) (mode Mode, nested bool) {
	for i := range g.cfg.Networks {
		if n := &g.cfg.Networks[i]; contains(n.VNIs, vni) {
			return n.Mode, n.AllowNested
		}
	}
	return g.cfg.Mode, g.cfg.AllowNested
}
