package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"vxwall/appliance"
	"vxwall/rules/suricata"
)

const rulesListExamples = `  vxwall rules list --rules rules.d                          all signatures of the policy's profiles
  vxwall rules list --rules rules.d --profile strict --severity 1
  vxwall rules list emerging.rules.tar.gz --text log4j       of rule files by themselves
  vxwall rules list my.rules --metadata 'attack_target Server' --json
`

type rulesListCmd struct {
	catalogFlags
	Profile   string   `placeholder:"NAME" help:"Only those of this profile."`
	From      string   `name:"file" placeholder:"PATTERN" help:"Only those of rule files like this, such as 'emerging-*'."`
	SID       []uint32 `name:"sid" placeholder:"N" help:"Only these."`
	Classtype []string `placeholder:"NAME" help:"Only those of these classes."`
	Severity  []int    `placeholder:"N" help:"Only those of these priorities; 1 is worst."`
	Metadata  []string `placeholder:"KEY" help:"Only those with this metadata: a key, or 'key value'."`
	Text      string   `placeholder:"TEXT" help:"Only those with this anywhere in the rule, in whatever case."`
	JSON      bool     `name:"json" help:"Print the list as JSON."`
}

// signatureJSON is a signature for programs.
type signatureJSON struct {
	SID       uint32   `json:"sid"`
	GID       uint32   `json:"gid"`
	Rev       uint32   `json:"rev"`
	Profile   string   `json:"profile,omitempty"`
	Action    string   `json:"action"`
	Written   string   `json:"action_written,omitempty"`
	Msg       string   `json:"msg"`
	Classtype string   `json:"classtype,omitempty"`
	Severity  int      `json:"severity"`
	File      string   `json:"file"`
	Line      int      `json:"line"`
	Text      string   `json:"text"`
	Kind      string   `json:"kind"`
	Apps      []string `json:"apps,omitempty"`
	Buffers   []string `json:"buffers,omitempty"`
	Fast      string   `json:"fast_pattern,omitempty"`
	FastIn    string   `json:"fast_pattern_buffer,omitempty"`
}

func signatureOf(s *appliance.CatalogEntry) signatureJSON {
	return signatureJSON{
		SID: s.SID, GID: s.GID, Rev: s.Rev, Profile: s.Profile, Action: s.ActionName(), Written: s.Written(), Msg: s.Msg,
		Classtype: s.Classtype, Severity: s.Priority, File: s.File, Line: s.Line, Text: s.Text,
		Kind: s.Plan.Kind, Apps: s.Plan.Apps, Buffers: s.Plan.Buffers, Fast: s.Plan.Fast, FastIn: s.Plan.FastIn,
	}
}

// Run lists the signatures that meet all filters.
func (c *rulesListCmd) Run(e *env) error {
	if _, err := filepath.Match(c.From, ""); err != nil {
		return usageError{fmt.Errorf("--file: bad pattern %q: want one such as emerging-*", c.From)}
	}
	all, err := c.catalog(e)
	if err != nil {
		return err
	}
	list := []signatureJSON{}
	for i := range all.Entries {
		if c.wants(&all.Entries[i]) {
			list = append(list, signatureOf(&all.Entries[i]))
		}
	}
	if c.JSON {
		return printJSON(e, list)
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	for i := range list {
		s := &list[i]
		fmt.Fprintf(w, "%d\t%s\t%d\t%s\t%q\t%s:%d\n", s.SID, s.Action, s.Severity, s.Classtype, s.Msg, s.File, s.Line)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stderr, "%s of %d; %d more cannot be used\n", count(len(list), "signature"), len(all.Entries), len(all.Refused))
	return err
}

func (c *rulesListCmd) wants(s *appliance.CatalogEntry) bool {
	return (c.Profile == "" || c.Profile == s.Profile) &&
		(c.From == "" || c.likeFile(s.File)) &&
		(len(c.SID) == 0 || slices.Contains(c.SID, s.SID)) &&
		(len(c.Classtype) == 0 || slices.Contains(c.Classtype, s.Classtype)) &&
		(len(c.Severity) == 0 || slices.Contains(c.Severity, s.Priority)) &&
		(len(c.Metadata) == 0 || slices.ContainsFunc(s.Metadata, c.likePair)) &&
		strings.Contains(strings.ToLower(s.Text), strings.ToLower(c.Text))
}

// likeFile compares the whole name of a file, and its last part.
func (c *rulesListCmd) likeFile(file string) bool {
	whole, _ := filepath.Match(c.From, file)
	last, _ := filepath.Match(c.From, filepath.Base(file))
	return whole || last
}

func (c *rulesListCmd) likePair(p suricata.Pair) bool {
	return slices.Contains(c.Metadata, p.Key) || slices.Contains(c.Metadata, p.Key+" "+p.Value)
}
