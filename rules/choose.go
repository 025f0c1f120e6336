package rules

import (
	"path"
	"path/filepath"
	"slices"
	"strings"

	"vxwall/rules/suricata"
)

// choiceDraft is one [[ips.choose]]: the first that a signature meets decides
// what becomes of it. Criteria that are present must all be met; of each, one
// value.
type choiceDraft struct {
	at                                place
	met                               bool // by a signature
	files, classtypes, metadata, tags []string
	sids, severities                  []Range
	action                            chosen
}

// chosen is what a choice does.
type chosen struct {
	off, keep bool
	action    suricata.Action
}

var chosenActions = []choice[chosen]{
	{"keep", chosen{keep: true}}, {"off", chosen{off: true}},
	{"alert", chosen{action: suricata.Alert}}, {"drop", chosen{action: suricata.Drop}},
	{"pass", chosen{action: suricata.Pass}}, {"reject", chosen{action: suricata.Reject}},
	{"reject-dst", chosen{action: suricata.RejectDst}}, {"reject-both", chosen{action: suricata.RejectBoth}},
}

var choiceSchema = schema[choiceDraft]{
	title: "[[ips.choose]]",
	fields: []field[choiceDraft]{
		{key: "file", want: `a list of names, such as ["emerging-*.rules"]`, read: func(d *decoder, v value, c *choiceDraft) {
			d.patterns(v, &c.files)
		}},
		{key: "sid", want: `a list of numbers and ranges, such as [2010935, "2100000-2103999"]`,
			read: func(d *decoder, v value, c *choiceDraft) { d.ranges(v, 1<<32-1, &c.sids) }},
		{key: "classtype", want: `a list of classes, such as ["trojan-activity"]`, read: func(d *decoder, v value, c *choiceDraft) {
			d.texts(v, &c.classtypes)
		}},
		{key: "severity", want: `a list of numbers 1 (worst) to 255 and ranges, such as [1, "3-4"]`,
			read: func(d *decoder, v value, c *choiceDraft) { d.ranges(v, 255, &c.severities) }},
		{key: "metadata", want: `a list of keys, or keys and values, such as ["signature_severity Major"]`,
			read: func(d *decoder, v value, c *choiceDraft) { d.texts(v, &c.metadata) }},
		{key: "tag", want: `a list of tags, such as ["Phishing"]`, read: func(d *decoder, v value, c *choiceDraft) {
			d.texts(v, &c.tags)
		}},
		{key: "action", want: `"keep", "off", "alert", "drop", "pass", "reject", "reject-dst" or "reject-both"`, required: true,
			read: func(d *decoder, v value, c *choiceDraft) { choose(d, v, chosenActions, &c.action) }},
	},
}

func (d *decoder) choice(v value) choiceDraft {
	c := choiceDraft{at: v.at()}
	readTable(d, v, &choiceSchema, &c)
	return c
}

// texts reads a list of texts that is not empty, or a text alone.
func (d *decoder) texts(v value, to *[]string) {
	var list []ref
	d.nameOrList(v, &list)
	for _, r := range list {
		*to = append(*to, r.name)
	}
}

// patterns reads texts that are patterns of file names.
func (d *decoder) patterns(v value, to *[]string) {
	var list []ref
	d.nameOrList(v, &list)
	for _, r := range list {
		if _, err := path.Match(r.name, ""); err != nil {
			d.errorf(r.at, "bad pattern %q: expected one such as %q", r.name, "emerging-*.rules")
			continue
		}
		*to = append(*to, r.name)
	}
}

// apply does to a signature what the first choice says that it meets.
func (p *profileDraft) apply(s *suricata.Signature) (keep bool) {
	for i := range p.choices {
		c := &p.choices[i]
		if !c.meets(s) {
			continue
		}
		c.met = true
		if !c.action.keep && !c.action.off {
			s.Action = c.action.action
		}
		return !c.action.off
	}
	return true
}

func (c *choiceDraft) meets(s *suricata.Signature) bool {
	return (len(c.sids) == 0 || inRanges(c.sids, s.SID)) &&
		(len(c.severities) == 0 || inRanges(c.severities, uint32(s.Priority))) &&
		(len(c.classtypes) == 0 || slices.Contains(c.classtypes, s.Classtype)) &&
		(len(c.files) == 0 || fileMatches(c.files, s.File)) &&
		(len(c.metadata) == 0 || slices.ContainsFunc(c.metadata, func(want string) bool { return hasMetadata(s, want) })) &&
		(len(c.tags) == 0 || slices.ContainsFunc(c.tags, func(tag string) bool { return hasMetadata(s, "tag "+tag) }))
}

func inRanges(list []Range, n uint32) bool {
	return slices.ContainsFunc(list, func(r Range) bool { return r.Lo <= n && n <= r.Hi })
}

// fileMatches compares patterns with the whole name and with its last part.
func fileMatches(patterns []string, file string) bool {
	base := filepath.Base(file)
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		whole, _ := path.Match(pattern, file)
		last, _ := path.Match(pattern, base)
		return whole || last
	})
}

// hasMetadata looks for "key" or "key value", capitals aside.
func hasMetadata(s *suricata.Signature, want string) bool {
	key, value, both := strings.Cut(want, " ")
	return slices.ContainsFunc(s.Metadata, func(p suricata.Pair) bool {
		return strings.EqualFold(p.Key, key) && (!both || strings.EqualFold(p.Value, strings.TrimSpace(value)))
	})
}

// findIdle warns of a profile and of choices that do nothing: of typing errors,
// often.
func (d *decoder) findIdle(p *profileDraft) {
	if len(p.Signatures) == 0 {
		d.warnf(p.at, "profile %q has no signature: expected rules, or [[signature]]", p.Name)
		return
	}
	for i := range p.choices {
		if c := &p.choices[i]; !c.met {
			d.warnf(c.at, "choice meets no signature that those before it leave over")
		}
	}
}
