package guard

import (
	"vxwall/pipeline"
	"vxwall/pipeline/wire"
)

// watcher is one worker's part of a Guard.
type watcher struct {
	guard   *Guard
	tunnels [tunnels]tunnel
	said    said
	pace    pace
	found   [4]pipeline.Finding
	n       int
}

// Watcher implements pipeline.Guard.
func (g *Guard) Watcher() pipeline.Watcher {
	return &watcher{guard: g, pace: pace{every: int64(g.cfg.ReportEvery)}}
}

// Check implements pipeline.Watcher.
func (w *watcher) Check(p *pipeline.Packet) []pipeline.Finding {
	if !p.Encapsulated() {
		return nil
	}
	t := w.tunnel(p)
	if t.mode == Off {
		return nil
	}
	w.n = 0
	if t.reason != pipeline.OK {
		w.refuse(p, t, pipeline.Finding{Reason: t.reason, Subject: t.culprit})
	} else if w.port(p, t) && p.Inner() != nil {
		w.sender(p, t)
	}
	return w.found[:w.n]
}

// Nested implements pipeline.Watcher.
func (w *watcher) Nested(p *pipeline.Packet) []pipeline.Finding {
	if !p.Encapsulated() {
		return nil
	}
	t := w.tunnel(p)
	if t.mode == Off || t.nested {
		return nil
	}
	w.n = 0
	f := pipeline.Finding{Reason: pipeline.NestedTunnel, New: t.src}
	if e := p.Inner(); e != nil {
		f.Subject = macSubject(e.Src())
	}
	w.refuse(p, t, f)
	return w.found[:w.n]
}

// port checks at which port of the wire a VTEP speaks: seldom, as long as it stays.
func (w *watcher) port(p *pipeline.Packet, t *tunnel) bool {
	now := p.Time()
	if !w.guard.cfg.Wire {
		return true
	}
	if now-t.heard < w.guard.ports.rules.refresh() && now >= t.heard {
		return true
	}
	if !w.holds(p, t, binding{w.guard.ports, 0, t.src, portHolder(int(t.port)), true, pipeline.VTEPBothPorts}) {
		return false
	}
	t.heard = now
	return true
}

// sender checks who speaks.
func (w *watcher) sender(p *pipeline.Packet, t *tunnel) {
	g, s := w.guard, &w.said
	s.read(p)
	network := networkOf(t.vni, p.Flow.VLAN)
	learn := !mustNotLearn(p.VXLAN())
	gateway := g.gateway(&s.mac)
	if s.hasMAC && !gateway && !w.holds(p, t, binding{g.macs, network, s.mac, t.src, learn, pipeline.MACMoved}) {
		return
	}
	if !s.hasIP || g.cfg.Addresses == NoSource || gateway && !s.told {
		return
	}
	if s.owner != s.mac && !g.gateway(&s.owner) && !w.holds(p, t, binding{g.macs, network, s.owner, t.src, false, pipeline.MACMoved}) {
		return
	}
	learn = learn && (s.told || g.cfg.Addresses == Packets)
	w.holds(p, t, binding{g.addresses, network, s.ip, s.owner, learn, pipeline.AddressMoved})
}

// mustNotLearn is the D bit of Group Policy.
func mustNotLearn(h wire.VXLAN) bool { return h.HasGroup() && h[1]&wire.GBPFlagD != 0 }

// binding is what a packet says, for one of the tables.
type binding struct {
	table   *table
	network uint64
	subject [16]byte
	holder  [16]byte
	learn   bool
	reason  pipeline.Reason // if another holds the subject
}

// holds says whether the packet may say so.
func (w *watcher) holds(p *pipeline.Packet, t *tunnel, b binding) bool {
	k := b.table.key(b.network, &b.subject)
	switch b.table.look(&k, &b.holder, p.Time()) {
	case bound:
		return true
	case unbound:
		if !b.learn {
			return true
		}
	}
	o := b.table.claim(&k, &b.holder, p.Time(), b.learn)
	if o.verdict == held || o.verdict == noRoom {
		return true
	}
	f := pipeline.Finding{
		Reason: b.reason, Accepted: o.verdict == moved, Enforce: t.mode == Enforce,
		Report: o.report && w.pace.take(p.Time()), Missed: o.missed,
		Subject: b.subject, Old: o.holder, New: b.holder,
	}
	w.found[w.n] = f
	w.n++
	return f.Accepted
}

// refuse finds something wrong that has no binding to remember when it was last
// reported.
func (w *watcher) refuse(p *pipeline.Packet, t *tunnel, f pipeline.Finding) {
	f.Enforce = t.mode == Enforce
	f.Report, f.Missed = w.pace.report(&f, t.vni, p.Time())
	w.found[w.n] = f
	w.n++
}

// portHolder is a port of the wire as a holder, counted from 1.
func portHolder(port int) (h [16]byte) {
	h[15] = byte(port + 1)
	return h
}
