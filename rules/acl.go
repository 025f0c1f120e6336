package rules

import (
	"slices"
	"time"
)

// ruleDraft is a rule before its names are resolved.
type ruleDraft struct {
	ACL
	at       place // of the name
	from, to side
	services []ref
	profiles []ref
	expired  bool
	broken   bool
}

// side is an endpoint before its names are resolved.
type side struct {
	any  bool
	refs []ref
}

const wantSide = `a list of segment names, such as ["web"], or "any"`

var ruleSchema = schema[ruleDraft]{
	title: "[[acl]]",
	fields: []field[ruleDraft]{
		{key: "name", want: `a name, such as "web-to-db"`, required: true, read: func(d *decoder, v value, r *ruleDraft) {
			r.at = v.at()
			d.name(v, &r.Name)
		}},
		{key: "from", want: wantSide, required: true, read: func(d *decoder, v value, r *ruleDraft) {
			d.side(v, &r.from)
		}},
		{key: "to", want: wantSide, required: true, read: func(d *decoder, v value, r *ruleDraft) {
			d.side(v, &r.to)
		}},
		{key: "service", want: `a list of services, such as ["postgres", "udp/53"]; without the key: any`,
			read: func(d *decoder, v value, r *ruleDraft) { d.nameOrList(v, &r.services) }},
		{key: "action", want: wantAction, required: true, read: func(d *decoder, v value, r *ruleDraft) {
			choose(d, v, actions, &r.Action)
		}},
		{key: "app", want: `a list of application protocols, such as ["http", "tls"]; without the key: any`, read: readApps},
		{key: "inspect", want: "a list of profile names", read: readInspect},
		{key: "log", want: wantLog, read: func(d *decoder, v value, r *ruleDraft) {
			choose(d, v, logs, &r.Log)
		}},
		{key: "enabled", want: "true or false", read: func(d *decoder, v value, r *ruleDraft) {
			d.flag(v, &r.Enabled)
		}},
		{key: "expires", want: "a date-time with offset and without quotes, such as 2027-01-01T00:00:00Z", read: readExpires},
		{key: "description", want: "text", read: func(d *decoder, v value, r *ruleDraft) {
			d.description(v, &r.Description)
		}},
	},
}

func (d *decoder) rule(v value) ruleDraft {
	r := ruleDraft{at: v.at(), ACL: ACL{Log: LogEnd, Enabled: true}}
	before := d.errors
	readTable(d, v, &ruleSchema, &r)
	r.Pos = r.at.pos()
	r.broken = d.errors > before
	return r
}

// nameOrList reads a list of names that is not empty, or a name alone.
func (d *decoder) nameOrList(v value, to *[]ref) {
	if name, ok := v.data.(string); ok {
		*to = append(*to, ref{name, v.at()})
		return
	}
	d.refs(v, to)
	if _, ok := v.data.([]any); ok && v.empty() {
		d.errorf(v.at(), "%q is empty: expected %s", v.key, v.want)
	}
}

// side reads segment names or "any", which leaves no room for others.
func (d *decoder) side(v value, to *side) {
	d.nameOrList(v, &to.refs)
	for _, r := range to.refs {
		if r.name != "any" {
			continue
		}
		if len(to.refs) > 1 {
			d.errorf(r.at, `"any" among other names in %q: expected it alone`, v.key)
		}
		*to = side{any: true}
		return
	}
}

// readInspect reads names of profiles.
func readInspect(d *decoder, v value, r *ruleDraft) {
	d.refs(v, &r.profiles)
	for _, n := range r.profiles {
		r.Inspect = append(r.Inspect, n.name)
	}
}

// readApps reads names of application protocols that can be told apart.
func readApps(d *decoder, v value, r *ruleDraft) {
	var names []ref
	d.nameOrList(v, &names)
	for _, n := range names {
		if !slices.Contains(d.apps, n.name) {
			d.errorf(n.at, "unknown app %q: %s%s", n.name, suggest(n.name, d.apps), knownNames("app", d.apps))
		}
		r.App = append(r.App, n.name)
	}
}

func readExpires(d *decoder, v value, r *ruleDraft) {
	r.Expires, r.expired = d.expires(v, "the rule no longer matches")
}

// expires reads when something ends, and warns of what is over.
func (d *decoder) expires(v value, then string) (at time.Time, over bool) {
	t, ok := v.data.(time.Time)
	if !ok || timeName(t) != "a date-time" {
		d.wrongType(v)
		return at, false
	}
	at = t.UTC()
	over = !d.now.IsZero() && !t.After(d.now)
	if over {
		d.warnf(v.at(), "expired %s: %s", at.Format(time.RFC3339), then)
	}
	return at, over
}
