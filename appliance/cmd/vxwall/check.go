package main

import (
	"encoding/json"
	"fmt"

	"vxwall/appliance"
	"vxwall/rules"
)

const checkExamples = `  vxwall check                          the rules of this machine (/etc/vxwall/rules.d)
  vxwall check rules.d                  a directory: its *.toml files in name order
  vxwall check base.toml shop.toml      files, in this order
  vxwall check --json rules.d           for programs
`

type checkCmd struct {
	Path  []string `arg:"" optional:"" help:"Rule files and directories of them (default: /etc/vxwall/rules.d)."`
	Rules []string `placeholder:"PATH" help:"The same, as the other commands name them."`
	JSON  bool     `name:"json" help:"Print the problems as JSON."`
}

// Run lists every problem of the rule files.
func (c *checkCmd) Run(e *env) error {
	paths := append(c.Path, c.Rules...)
	if len(paths) == 0 {
		paths = appliance.DefaultConfig().Rules.Paths
	}
	checked, err := appliance.Check(e.now(), paths...)
	if err != nil && len(c.Path)+len(c.Rules) == 0 {
		err = fmt.Errorf("%w (name the rules: vxwall check PATH)", err)
	}
	if err != nil {
		return err
	}
	if c.JSON {
		err = printProblemsJSON(e, checked)
	} else {
		err = printProblems(e, checked)
	}
	if err == nil && len(checked.Problems) > 0 {
		err = errProblem
	}
	return err
}

func printProblems(e *env, c *appliance.Checked) error {
	errors := countErrors(c.Problems)
	for _, p := range c.Problems {
		fmt.Fprint(e.stdout, p.Detail())
	}
	if err := printProfiles(e.stdout, c); err != nil {
		return err
	}
	if len(c.Problems) == 0 {
		s := c.Set
		_, err := fmt.Fprintf(e.stdout, "no problems: %s, %s, %s, %s passed\n", count(len(s.Files), "file"),
			count(len(s.Segments), "segment"), count(len(s.ACL), "rule"), count(len(s.Asserts), "assert"))
		return err
	}
	verdict := "the rules cannot be used"
	if errors == 0 {
		verdict = "the rules can be used as they are"
	}
	_, err := fmt.Fprintf(e.stdout, "%s (%s, %s): %s\n", count(len(c.Problems), "problem"),
		count(errors, "error"), count(len(c.Problems)-errors, "warning"), verdict)
	return err
}

func countErrors(problems []rules.Problem) int {
	n := 0
	for _, p := range problems {
		if p.Severity == rules.Error {
			n++
		}
	}
	return n
}

// problemJSON is a problem in check's JSON output.
type problemJSON struct {
	File     string `json:"file"`
	Line     int    `json:"line,omitempty"`
	Column   int    `json:"column,omitempty"`
	Severity string `json:"severity"`
	Message  string `json:"message"`
}

func printProblemsJSON(e *env, c *appliance.Checked) error {
	list := []problemJSON{}
	for _, p := range c.Problems {
		severity := "error"
		if p.Severity == rules.Warning {
			severity = "warning"
		}
		list = append(list, problemJSON{p.File, p.Line, p.Column, severity, p.Message})
	}
	enc := json.NewEncoder(e.stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(list)
}

// count writes a number of things, with an s unless it is one.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
