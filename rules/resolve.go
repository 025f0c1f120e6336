package rules

import "slices"

// names are the bearers of the names of one kind, by order of definition.
type names struct {
	kind  string
	index map[string]int
	list  []string
	at    []place // of every definition, also those without a good name
}

// define enters the next definition and reports a second bearer of a name.
func (d *decoder) define(n *names, name string, at place) {
	i := len(n.at)
	n.at = append(n.at, at)
	if name == "" {
		return
	}
	if first, ok := n.index[name]; ok {
		d.errorf(at, "second %s %q, the first is at %s: expected each name once", n.kind, name, n.at[first].label())
		return
	}
	n.index[name] = i
	n.list = append(n.list, name)
}

// find returns the bearer of a name. While a file could not be read an unknown
// name proves nothing, so it is no problem of its own.
func (d *decoder) find(n *names, r ref) (int, bool) {
	i, ok := n.index[r.name]
	switch {
	case ok || d.unparsed:
	case d.full(r.at.src):
		d.errorf(r.at, "")
	default:
		d.errorf(r.at, "unknown %s %q: %s%s", n.kind, r.name,
			suggest(r.name, n.list), knownNames(n.kind, n.list))
	}
	return i, ok
}

// resolve turns names into indices and drafts into the values of the set.
func (d *decoder) resolve(set *Set) {
	set.Policy, set.Control = d.policy, d.control
	segments := collect(d, "segment", d.segments, func(s *segmentDraft) (string, place) { return s.Name, s.at })
	services := collect(d, "service", d.services, func(s *serviceDraft) (string, place) { return s.Name, s.at })
	rules := collect(d, "rule", d.rules, func(r *ruleDraft) (string, place) { return r.Name, r.at })

	profiles := collect(d, "profile", d.profiles, func(p *profileDraft) (string, place) { return p.Name, p.at })
	for i := range d.avs { // behind those of [[ips]]: rules name both alike
		d.define(profiles, d.avs[i].Name, d.avs[i].at)
	}

	d.resolveIncludes(segments)
	set.Env = d.resolveVars()
	set.Signatures = d.resolveSignatures(set.Env, segments)
	d.resolveProfiles(set)
	d.resolveAVs(set)
	set.Segments = slices.Grow(set.Segments, len(d.segments))
	set.ACL = slices.Grow(set.ACL, len(d.rules))
	for i := range d.segments {
		set.Segments = append(set.Segments, d.segments[i].Segment)
	}
	for i := range d.services {
		set.Services = append(set.Services, d.services[i].Service)
	}
	for i := range d.rules {
		d.resolveRule(&d.rules[i], segments, services)
		d.resolveInspect(&d.rules[i], profiles)
		set.ACL = append(set.ACL, d.rules[i].ACL)
	}
	for i := range d.asserts {
		a := &d.asserts[i]
		if a.ruleAt.src != nil && a.Rule != "default" {
			d.find(rules, ref{a.Rule, a.ruleAt})
		}
		set.Asserts = append(set.Asserts, a.Assert)
	}
	d.findUnused()
}

// collect enters all definitions of a kind.
func collect[T any](d *decoder, kind string, drafts []T, of func(*T) (string, place)) *names {
	n := &names{kind: kind, index: make(map[string]int, len(drafts))}
	for i := range drafts {
		name, at := of(&drafts[i])
		d.define(n, name, at)
	}
	return n
}

// resolveRule fills in endpoints and services of a rule.
func (d *decoder) resolveRule(r *ruleDraft, segments, services *names) {
	r.From = d.resolveSide(r, r.from, segments)
	r.To = d.resolveSide(r, r.to, segments)
	r.ServiceText = slices.Grow(r.ServiceText, len(r.services))
	for _, s := range r.services {
		r.ServiceText = append(r.ServiceText, s.name)
		matches, ok := d.resolveService(s, services)
		r.broken = r.broken || !ok
		r.Service = append(r.Service, matches...)
	}
	if len(r.services) == 0 {
		r.Service = []Match{AnyService}
	}
}

// resolveInspect finds the profiles that a rule names.
func (d *decoder) resolveInspect(r *ruleDraft, profiles *names) {
	for _, name := range r.profiles {
		i, ok := d.find(profiles, name)
		if !ok {
			r.broken = true
			continue
		}
		if !d.inspect {
			d.errorf(name.at, "profile %q cannot be used: signatures are not judged here", name.name)
		}
		if i >= len(d.profiles) {
			d.useAV(r, i-len(d.profiles), name)
			continue
		}
		d.profiles[i].used = true
		r.Profiles = append(r.Profiles, i)
	}
}

// useAV notes the profile of [[av]] that a rule names.
func (d *decoder) useAV(r *ruleDraft, i int, name ref) {
	d.avs[i].used = true
	if r.AV != 0 && r.AV != i+1 {
		d.errorf(name.at, "second profile of [[av]], %q: expected one", name.name)
		return
	}
	r.AV = i + 1
}

// resolveAVs finds the databases of the profiles that judge files.
func (d *decoder) resolveAVs(set *Set) {
	for i := range d.avs {
		a := &d.avs[i]
		for _, r := range a.databases {
			a.Databases = append(a.Databases, besides(r.at.src.name, r.name))
		}
		set.AVs = append(set.AVs, a.AV)
	}
}

func (d *decoder) resolveSide(r *ruleDraft, s side, segments *names) Endpoint {
	e := Endpoint{Any: s.any}
	for _, name := range s.refs {
		i, ok := d.find(segments, name)
		if !ok {
			r.broken = true
			continue
		}
		r.broken = r.broken || d.segments[i].broken
		d.segments[i].used = true
		e.Segments = append(e.Segments, i)
	}
	return e
}

// resolveService returns the matches of a service's name or literal.
func (d *decoder) resolveService(s ref, services *names) ([]Match, bool) {
	if s.name == "any" {
		return []Match{AnyService}, true
	}
	if !isLiteral(s.name) {
		if _, err := parseRange(s.name, 0xffff); err == nil {
			d.errorf(s.at, "service %q is a bare number: expected a protocol with it, such as \"tcp/%[1]s\"", s.name)
			return nil, false
		}
		i, ok := d.find(services, s)
		if !ok {
			return nil, false
		}
		return d.services[i].Match, !d.services[i].broken
	}
	matches, err := parseService(s.name)
	if err != nil {
		d.errorf(s.at, "bad service %q: %v", s.name, err)
		return nil, false
	}
	return slices.Clip(matches), true
}

// findUnused warns of segments that nothing asks for: often the rule that
// would have is missing or names another one. Among errors it may be one of
// those that does not count as asking, so nothing is said then.
func (d *decoder) findUnused() {
	if d.errors > 0 {
		return
	}
	for i := range d.segments {
		if s := &d.segments[i]; !s.used {
			d.warnf(s.at, "segment %q is never used: expected a rule or an include that names it", s.Name)
		}
	}
	for i := range d.profiles {
		if p := &d.profiles[i]; !p.used {
			d.warnf(p.at, "profile %q is never used: expected a rule that names it in inspect", p.Name)
		}
		d.findIdle(&d.profiles[i])
	}
	for i := range d.avs {
		if a := &d.avs[i]; !a.used {
			d.warnf(a.at, "profile %q is not used", a.Name)
		}
	}
}
