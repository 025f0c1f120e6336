package rules

import (
	"slices"

	"vxwall/rules/suricata"
)

// profileDraft is a profile before its files are read.
type profileDraft struct {
	Profile
	at         place // of the name
	rules      []ref // globs
	thresholds ref
	classes    ref
	choices    []choiceDraft
	used       bool
}

const wantGlobs = `a list of files, such as ["signatures/*.rules"]; they stand beside this file unless they begin with /`

var profileSchema = schema[profileDraft]{
	title: "[[ips]]",
	fields: []field[profileDraft]{
		{key: "name", want: `a name, such as "strict"`, required: true, read: func(d *decoder, v value, p *profileDraft) {
			p.at = v.at()
			d.name(v, &p.Name)
		}},
		{key: "rules", want: wantGlobs, read: func(d *decoder, v value, p *profileDraft) { d.nameOrList(v, &p.rules) }},
		{key: "mode", want: `"enforce" or "monitor"`, read: func(d *decoder, v value, p *profileDraft) {
			choose(d, v, modes, &p.Mode)
		}},
		{key: "choose", want: "tables [[ips.choose]]", read: func(d *decoder, v value, p *profileDraft) {
			subtables(d, v, &p.choices, (*decoder).choice)
		}},
		{key: "action-order", want: `the four actions in order, such as ["pass", "drop", "reject", "alert"]`, read: readOrder},
		{key: "thresholds", want: "a threshold file", read: readFileName(func(p *profileDraft) *ref { return &p.thresholds })},
		{key: "classification", want: "a classification file", read: readFileName(func(p *profileDraft) *ref { return &p.classes })},
		{key: "description", want: "text", read: func(d *decoder, v value, p *profileDraft) {
			d.description(v, &p.Description)
		}},
	},
}

func (d *decoder) profile(v value) profileDraft {
	p := profileDraft{at: v.at()}
	readTable(d, v, &profileSchema, &p)
	p.Pos = p.at.pos()
	return p
}

// subtables reads each of a list of tables within a table.
func subtables[T any](d *decoder, v value, to *[]T, read func(*decoder, value) T) {
	d.elements(v, func(e value) {
		if _, ok := e.data.(map[string]any); !ok {
			d.wrongType(e)
			return
		}
		*to = append(*to, read(d, e))
	})
}

func readFileName(part func(*profileDraft) *ref) func(*decoder, value, *profileDraft) {
	return func(d *decoder, v value, p *profileDraft) {
		if name, ok := d.text(v); ok {
			*part(p) = ref{name, v.at()}
		}
	}
}

var orderActions = []choice[suricata.Action]{
	{"pass", suricata.Pass}, {"drop", suricata.Drop}, {"reject", suricata.Reject}, {"alert", suricata.Alert},
}

func readOrder(d *decoder, v value, p *profileDraft) {
	before := d.errors
	d.elements(v, func(e value) {
		var a suricata.Action
		if !choose(d, e, orderActions, &a) {
			return
		}
		if slices.Contains(p.Order, a) {
			d.errorf(e.at(), "%v is listed twice in %q", quoteElement(e.data), v.key)
			return
		}
		p.Order = append(p.Order, a)
	})
	if d.errors == before && len(p.Order) != len(orderActions) {
		d.errorf(v.at(), "%q has %d actions: expected %s", v.key, len(p.Order), v.want)
	}
}
