package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"vxwall/appliance"
	"vxwall/rules/suricata"
)

const rulesShowExamples = `  vxwall rules show 2010935 --rules rules.d     in each profile of the policy that has it
  vxwall rules show 1000001 my.rules            in rule files by themselves
  vxwall rules show 1000001 my.rules --json
`

type rulesShowCmd struct {
	SID uint32 `arg:"" help:"Number of the signature."`
	catalogFlags
	JSON bool `name:"json" help:"Print it as JSON."`
}

// Run shows a signature. It fails if there is none, or it cannot be used.
func (c *rulesShowCmd) Run(e *env) error {
	all, err := c.catalog(e)
	if err != nil {
		return err
	}
	found, refused := []signatureJSON{}, []refusedJSON{}
	for i := range all.Entries {
		if s := &all.Entries[i]; s.SID == c.SID {
			found = append(found, signatureOf(s))
			if !c.JSON {
				if err := showSignature(e, s); err != nil {
					return err
				}
			}
		}
	}
	for i := range all.Refused {
		if p := &all.Refused[i]; p.SID == c.SID {
			refused = append(refused, refusedOf(p))
			if !c.JSON {
				fmt.Fprintf(e.stdout, "cannot be used: %s\n", p.Error())
			}
		}
	}
	if c.JSON {
		err = printJSON(e, map[string]any{"signatures": found, "refused": refused})
	}
	switch {
	case err != nil:
		return err
	case len(found)+len(refused) == 0:
		return fmt.Errorf("no signature %d is in use (vxwall check lists what a policy leaves out)", c.SID)
	case len(found) == 0:
		return errProblem
	}
	return nil
}

func showSignature(e *env, s *appliance.CatalogEntry) error {
	fmt.Fprintf(e.stdout, "%s\n\n", s.Text)
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "%s\t%s\n", name, value)
		}
	}
	action := s.ActionName()
	if written := s.Written(); written != "" {
		action += " (written as " + written + ")"
	}
	row("file", fmt.Sprintf("%s:%d", s.File, s.Line))
	row("profile", s.Profile)
	row("action", action)
	row("severity", fmt.Sprint(s.Priority))
	row("classtype", s.Classtype)
	row("judged as", s.Plan.Kind)
	row("toward", toward(s))
	row("protocols", strings.Join(s.Plan.Apps, " "))
	row("buffers", strings.Join(s.Plan.Buffers, " "))
	row("fast pattern", fastText(s))
	row("references", references(s.References))
	if err := w.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout)
	return err
}

func toward(s *appliance.CatalogEntry) string {
	switch {
	case s.Plan.ToServer && s.Plan.ToClient:
		return "server and client"
	case s.Plan.ToServer:
		return "server"
	}
	return "client"
}

// fastText names what makes the signature a candidate.
func fastText(s *appliance.CatalogEntry) string {
	if s.Plan.Fast == "" {
		return "none: asked about everything that its header fits"
	}
	return s.Plan.Fast + " in " + s.Plan.FastIn
}

func references(list []suricata.Reference) string {
	texts := make([]string, len(list))
	for i, r := range list {
		texts[i] = r.Type + "," + r.Value
	}
	return strings.Join(texts, " ")
}
