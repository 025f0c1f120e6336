package ips

import (
	"slices"

	"vxwall/inspect/ips/match"
	"vxwall/pipeline/flow"
)

// group is rules that are candidates in one place: those whose pattern is there, and those without one.
type group struct {
	// Patterns whose place has an end, in the payload of packets and in streams and buffers.
	nearPacket, near part
	far              part // all other patterns
	always           []int32
}

// part is patterns that are searched for together.
type part struct {
	matcher *match.Matcher // nil: no patterns
	rules   [][]int32      // by pattern
	reach   uint64         // no pattern ends behind it; 0: no bound
}

// nearest is the largest reach of a part for patterns whose place has an end: only so much is searched.
const nearest = 512

// members collects the rules of a group before it is built.
type members []int32

// portGroups are the rules of one class and direction: those of any port, and those of each.
type portGroups struct {
	any    *group
	byPort []uint16 // by the server's port: index in groups; nil: none
	groups []*group // [0] is empty
	merged bool     // groups have the rules of any port, too
}

// appGroups are the rules of one application, by direction and pair of zones.
type appGroups [2][]*appRules

// appRules are the rules of one application that are candidates in one place.
type appRules struct {
	keys   []keyGroup
	always []int32
}

// keyGroup is the rules whose pattern is searched for in one buffer.
type keyGroup struct {
	key int32
	group
}

// build makes a group of rules, which are in order. windows says whether they look into streams or buffers, of
// which only a window is known.
func (e *Engine) build(list members, windows bool) *group {
	g := &group{}
	var nearPacket, near, far members
	for _, n := range list {
		r := &e.rules[n]
		bounded := r.fast.pattern.Depth.Set && r.fast.pattern.Depth.N <= nearest
		inStream := windows && (r.kind == kindTx || r.where&whereStream != 0)
		switch {
		case !r.fast.ok:
			g.always = append(g.always, n)
		case !bounded:
			far = append(far, n)
		case inStream:
			near = append(near, n)
		}
		if r.fast.ok && bounded && (!inStream || r.kind != kindTx && r.where&wherePacket != 0) {
			nearPacket = append(nearPacket, n)
		}
	}
	g.nearPacket, g.near, g.far = e.buildPart(nearPacket, true), e.buildPart(near, true), e.buildPart(far, false)
	return g
}

// buildPart makes a matcher for the patterns of rules. Near ones have to end where they must.
func (e *Engine) buildPart(list members, near bool) (out part) {
	index := map[string]int{}
	var patterns []match.Pattern
	for _, n := range list {
		f := &e.rules[n].fast
		p := match.Pattern{Data: f.pattern.Pattern, Nocase: f.pattern.Nocase}
		if f.pattern.Offset.Set {
			p.From = uint32(f.pattern.Offset.N)
		}
		if near {
			p.To = uint32(f.pattern.Depth.N)
			out.reach = max(out.reach, uint64(p.To))
		}
		key := patternKey(&p)
		i, ok := index[key]
		if !ok {
			i = len(patterns)
			index[key] = i
			patterns = append(patterns, p)
			out.rules = append(out.rules, nil)
		}
		out.rules[i] = append(out.rules[i], n)
	}
	if len(patterns) > 0 {
		out.matcher = match.New(patterns)
		e.patterns = max(e.patterns, len(patterns))
	}
	return out
}

func patternKey(p *match.Pattern) string {
	b := append([]byte(nil), p.Data...)
	if p.Nocase {
		for i := range b {
			b[i] = match.Lower(b[i])
		}
	}
	for _, n := range []uint32{p.From, p.To} {
		b = append(b, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	if p.Nocase {
		b = append(b, 1)
	}
	return string(b)
}

// decodesOnly says whether a rule asks for nothing but decode events.
func (e *Engine) decodesOnly(r *rule) bool {
	matches := e.sigs[r.sig].Matches
	for i := range matches {
		if k := matches[i].Keyword; k != "decode-event" && k != "engine-event" {
			return false
		}
	}
	return len(matches) > 0 && r.src == anySet && r.dst == anySet
}

// group sorts all rules into the places where they are candidates.
func (e *Engine) group() {
	var packets [classes][2]members
	txs := map[string]*[2]members{}
	var address members
	for n := range e.rules {
		r := &e.rules[n]
		if e.decodesOnly(r) {
			e.decodes = append(e.decodes, int32(n))
		}
		switch r.kind {
		case kindAddress:
			address = append(address, int32(n))
		case kindTx:
			e.addTx(txs, int32(n))
		default:
			e.addPacket(&packets, int32(n))
		}
	}
	e.addresses = e.newAddressIndex(address)
	e.zones = e.newZones()
	e.groupPackets(&packets)
	e.groupApps(txs)
}

// groupPackets makes the groups for packets and streams: those of pairs of zones that have the same rules once.
func (e *Engine) groupPackets(packets *[classes][2]members) {
	for c := range classes {
		for dir := range 2 {
			built := map[string]*portGroups{}
			for pair := range e.zones.pairs() {
				list := e.between(packets[c][dir], flow.Direction(dir), pair)
				key := memberKey(list)
				if built[key] == nil {
					built[key] = e.byPort(list, flow.Direction(dir), c == classTCP)
				}
				e.classes[c][dir] = append(e.classes[c][dir], built[key])
			}
		}
	}
}

// groupApps makes the groups for transactions: HTTP/1 and HTTP/2 have the same rules, mostly.
func (e *Engine) groupApps(txs map[string]*[2]members) {
	var built [2]map[string]*appRules
	for dir := range built {
		built[dir] = map[string]*appRules{}
	}
	for name, lists := range txs {
		app := &appGroups{}
		for dir := range lists {
			for pair := range e.zones.pairs() {
				list := e.between(lists[dir], flow.Direction(dir), pair)
				key := memberKey(list)
				if built[dir][key] == nil {
					built[dir][key] = e.buildApp(dir, list)
				}
				app[dir] = append(app[dir], built[dir][key])
			}
		}
		e.apps[name] = app
	}
}

// addPacket enters a rule for packets, streams or both.
func (e *Engine) addPacket(packets *[classes][2]members, n int32) {
	r := &e.rules[n]
	for c := range classes {
		for dir := range 2 {
			if r.classes&(1<<c) != 0 && r.dirs&(1<<dir) != 0 {
				packets[c][dir] = append(packets[c][dir], n)
			}
		}
	}
}

// addTx enters a rule for the transactions of all applications that have its buffers.
func (e *Engine) addTx(txs map[string]*[2]members, n int32) {
	r := &e.rules[n]
	for _, name := range e.appsOf(r) {
		lists, ok := txs[name]
		if !ok {
			lists = &[2]members{}
			txs[name] = lists
		}
		for dir := range 2 {
			if r.dirs&(1<<dir) != 0 {
				lists[dir] = append(lists[dir], n)
			}
		}
	}
}

// appsOf returns the applications whose transactions a rule is about: those that have all of its buffers.
func (e *Engine) appsOf(r *rule) []string {
	var names []string
	if r.app != "" {
		names = slices.Clone(expand(r.app))
	}
	for i := range r.buffers {
		list := e.keys[r.buffers[i].key].info.Protocols
		if names == nil {
			names = slices.Clone(list)
			continue
		}
		names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(list, n) })
	}
	if len(r.buffers) == 0 && r.app == "" {
		for _, t := range r.txs {
			names = append(names, t.txCondition.(interface{ apps() []string }).apps()...)
		}
	}
	if options := e.options.Apps; options != nil {
		names = slices.DeleteFunc(names, func(n string) bool { return !slices.Contains(options, n) })
	}
	return names
}

// buildApp makes the groups of an application: one for each buffer with patterns.
func (e *Engine) buildApp(dir int, list members) *appRules {
	a := &appRules{}
	byKey := map[int32]members{}
	var order []int32
	for _, n := range list {
		f := &e.rules[n].fast
		if !f.ok {
			a.always = append(a.always, n)
			continue
		}
		if f.dir >= 0 && int(f.dir) != dir {
			continue // found in the other direction, and remembered
		}
		if byKey[f.key] == nil {
			order = append(order, f.key)
		}
		byKey[f.key] = append(byKey[f.key], n)
	}
	slices.Sort(order)
	for _, key := range order {
		a.keys = append(a.keys, keyGroup{key, *e.build(byKey[key], true)})
	}
	return a
}
