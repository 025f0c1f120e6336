package main

import (
	"fmt"
	"io"
	"text/tabwriter"

	"vxwall/appliance"
	"vxwall/rules/suricata"
)

type rulesCmd struct {
	List   rulesListCmd   `cmd:"" help:"List the signatures of a policy's profiles, or of rule files."`
	Show   rulesShowCmd   `cmd:"" help:"Show a signature: its text, where it stands, how it is judged, or why it cannot be used."`
	Import rulesImportCmd `cmd:"" help:"Say what of Suricata's rule files can be used, and write that to a directory."`
	Test   rulesTestCmd   `cmd:"" help:"Try signatures on a capture: which alerted, at which packets."`
}

const rulesExamples = `  vxwall rules list --rules rules.d --classtype trojan-activity
  vxwall rules show 2010935 --rules rules.d
  vxwall rules import emerging.rules.tar.gz --out signatures
  vxwall rules test my.rules --in attack.pcap --expect 1000001
`

// rulesSubExamples are the examples of each subcommand of rules.
var rulesSubExamples = map[string]string{
	"list":   rulesListExamples,
	"show":   rulesShowExamples,
	"import": rulesImportExamples,
	"test":   rulesTestExamples,
}

// catalogFlags say which signatures are meant.
type catalogFlags struct {
	File   []string `arg:"" optional:"" help:"Rule files, directories and .tar.gz archives of them (default: the profiles of the policy)."`
	Rules  []string `placeholder:"PATH" help:"Rule files of the policy, and directories (default: those of the configuration)."`
	Config string   `placeholder:"FILE" help:"Configuration file (default: built-in defaults)."`
}

// catalog reads the signatures.
func (f *catalogFlags) catalog(e *env) (*appliance.Catalog, error) {
	if len(f.File) > 0 {
		return appliance.ReadCatalog(nil, f.File...)
	}
	_, checked, err := f.policy().load(e)
	if err != nil {
		return nil, err
	}
	if len(checked.Set.Profiles) == 0 {
		return nil, fmt.Errorf("the policy has no profile ([[ips]]): expected one, or rule files: vxwall rules list FILE")
	}
	return checked.Catalog(), nil
}

func (f *catalogFlags) policy() *ruleFlags { return &ruleFlags{Rules: f.Rules, Config: f.Config} }

// refusedJSON is a signature that cannot be used, for programs.
type refusedJSON struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	SID     uint32 `json:"sid,omitempty"`
	Keyword string `json:"keyword,omitempty"`
	Reason  string `json:"reason"`
}

func refusedOf(p *suricata.Problem) refusedJSON {
	return refusedJSON{p.File, p.Line, p.Column, p.SID, p.Keyword, p.Reason}
}

// writeReasons is a table of why signatures cannot be used, by count.
func writeReasons(w io.Writer, reasons []appliance.Reason) error {
	if len(reasons) == 0 {
		return nil
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "cannot be used, by reason:")
	for _, r := range reasons[:min(len(reasons), maxReasons)] {
		keyword := r.Keyword
		if keyword == "" {
			keyword = "-"
		}
		fmt.Fprintf(t, "  %d\t%s\t%s\n", r.Count, keyword, r.Reason)
	}
	if n := len(reasons) - maxReasons; n > 0 {
		fmt.Fprintf(t, "  \t\t… and %d more reasons\n", n)
	}
	return t.Flush()
}
