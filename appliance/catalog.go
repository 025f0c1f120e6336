package appliance

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"vxwall/inspect/app/protocols"
	"vxwall/inspect/ips"
	"vxwall/pipeline/stream"
	"vxwall/rules/suricata"
)

// Catalog is signatures, how each is judged, and what cannot be used.
type Catalog struct {
	Entries []CatalogEntry
	Refused []suricata.Problem
}

// CatalogEntry is a signature that can be used.
type CatalogEntry struct {
	Profile string // "" for one of rule files that are looked at by themselves
	*suricata.Signature
	Plan ips.Plan
}

// Reason is why signatures cannot be used, and how many.
type Reason struct {
	Keyword string `json:"keyword,omitempty"`
	Reason  string `json:"reason"`
	Count   int    `json:"count"`
}

// ReadCatalog reads rule files, directories and archives of them.
func ReadCatalog(vars *suricata.Vars, paths ...string) (*Catalog, error) {
	if vars == nil {
		vars = &suricata.Vars{Mode: "ips", Midstream: true}
	}
	list, problems, err := readSignatures(vars.Env(), paths...)
	if err != nil {
		return nil, err
	}
	c := &Catalog{Refused: problems}
	c.add("", list, ips.Options{
		Apps: protocols.Names(), StreamEvents: stream.EventNames(), DecodeEvents: ips.DecodeEvents(), Dataset: datasetsIn(rulesDir(paths[0])),
	})
	return c, nil
}

// Catalog is the signatures of a policy's profiles.
func (c *Checked) Catalog() *Catalog {
	all := &Catalog{}
	for i := range c.Set.Profiles {
		p := &c.Set.Profiles[i]
		all.add(p.Name, p.Signatures, signatureOptions(c.Set, p))
	}
	return all
}

func (c *Catalog) add(profile string, list []suricata.Signature, o ips.Options) {
	engine, problems := ips.Compile(list, o)
	c.Refused = append(c.Refused, problems...)
	for i, plan := range engine.Plans() {
		if plan.Kind != "" {
			c.Entries = append(c.Entries, CatalogEntry{profile, &engine.Signatures()[i], plan})
		}
	}
}

// Reasons counts what is refused, the most frequent first.
func (c *Catalog) Reasons() []Reason {
	counts := map[Reason]int{}
	for i := range c.Refused {
		p := &c.Refused[i]
		reason, _, _ := strings.Cut(p.Reason, ": expected")
		counts[Reason{Keyword: p.Keyword, Reason: reason}]++
	}
	list := slices.Collect(maps.Keys(counts))
	for i := range list {
		list[i].Count = counts[list[i]]
	}
	slices.SortFunc(list, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Keyword, b.Keyword), cmp.Compare(a.Reason, b.Reason))
	})
	return list
}

// ActionName is the action in force.
func (e *CatalogEntry) ActionName() string { return actionWords[e.Action] }

// Written is the action as the rule has it, where a choice or the mode of a profile has changed it; else "".
func (e *CatalogEntry) Written() string {
	word, _, _ := strings.Cut(e.Text, " ")
	for _, same := range [][2]string{{"rejectsrc", "reject"}, {"rejectdst", "reject-dst"}, {"rejectboth", "reject-both"}} {
		if word == same[0] {
			word = same[1]
		}
	}
	if word == e.ActionName() {
		return ""
	}
	return word
}
