package av

import (
	"slices"

	"vxwall/inspect/app"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// While a file waits for its finding, packets with its last bytes, and what comes after
// them, are held. Nobody knows which bytes are the last before the end came: so the newest
// packet of a file that will have to be judged as a whole is always held, until the next
// one comes.

// pass lets a packet pass the gate of its direction, or holds it.
func (i *inspector) pass(u *app.Update, c *content) pipeline.Verdict {
	p := u.Packet
	if p.Flow.Proto != wire.ProtoTCP {
		return p.Allow(-1)
	}
	dir := p.Direction()
	g := &c.gates[dir]
	seq, n := sequence(p)
	fresh := u.Result.Fresh>>dir&1 != 0
	switch {
	case c.waits(dir):
		if !g.last && fresh {
			i.open(c, dir)
		}
		g.closeAt(seq, i.scope.Now())
		g.last = true
	case !c.unfinished(dir):
		i.open(c, dir)
	case fresh: // more of it: what came before was not the end
		i.open(c, dir)
		g.closeAt(seq, i.scope.Now())
	}
	if !g.stops(seq, n) {
		return p.Allow(-1)
	}
	if g.held == i.limits.Held {
		return p.Deny(pipeline.FileHeld, -1)
	}
	v := i.scope.Hold(p)
	if v == pipeline.Detour {
		if g.held++; g.held == 1 {
			i.gated = append(i.gated, c)
		}
	}
	return v
}

// closeAt closes a gate that is open.
func (g *gate) closeAt(seq uint32, now int64) {
	if !g.closed {
		g.closed, g.seq, g.since = true, seq, now
	}
}

// sequence returns the first sequence number of a segment, and how many it takes.
func sequence(p *pipeline.Packet) (seq uint32, n int) {
	h := wire.TCP(p.L4())
	n = len(p.Payload())
	if h.Flags()&wire.FIN != 0 {
		n++
	}
	return h.Seq(), n
}

// open opens the gate of a direction. What is held behind it is judged again.
func (w *worker) open(c *content, dir flow.Direction) {
	g := &c.gates[dir]
	if g.held > 0 {
		w.scope.Release(c.flow)
		w.gated = slices.DeleteFunc(w.gated, func(o *content) bool { return o == c && c.gates[1-dir].held == 0 })
	}
	*g = gate{}
}

// pauses looks at gates that are closed for long, though more may come of their files. Who
// sends may have paused; or all is there, and only its end is not told: what came so far is
// judged before the gate is opened.
func (i *inspector) pauses(now int64) {
	for n := len(i.gated) - 1; n >= 0; n-- {
		c := i.gated[n]
		for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
			if g := &c.gates[dir]; g.held > 0 && now-g.since >= i.maxHold && !c.waits(dir) && !i.soFar(c, dir) {
				i.open(c, dir)
			}
		}
	}
}

// soFar has the unfinished files of a direction judged as they are, and says whether there
// is one whose finding was not there yet.
func (i *inspector) soFar(c *content, dir flow.Direction) (waits bool) {
	for _, f := range c.files {
		if f.dir != dir || f.state != open || !f.gather || f.size == 0 || f.looked == f.size {
			continue
		}
		waits = true
		if f.job == nil {
			profile := i.profileOf(f)
			if profile == nil || !i.offer(c, f, profile, true) {
				f.looked = f.size
			}
		}
	}
	return waits
}

// profileOf is the profile whose engine judges a file, nil if a reload took it away.
func (i *inspector) profileOf(f *file) *Profile {
	for n := range i.stage.Profiles {
		if p := &i.stage.Profiles[n]; p.Engine == f.engine {
			return p
		}
	}
	return nil
}
