package main

import (
	"fmt"

	"vxwall/appliance"
)

const rulesImportExamples = `  vxwall rules import emerging.rules.tar.gz                        only say what can be used
  vxwall rules import emerging.rules.tar.gz --out signatures       write that to a directory
  vxwall rules import rules/ extra.rules --out signatures --force  over one that is there
`

type rulesImportCmd struct {
	File  []string `arg:"" help:"Suricata's rule files, directories and .tar.gz archives of them."`
	Out   string   `placeholder:"DIR" help:"Write the signatures that can be used to this directory."`
	Force bool     `help:"Replace the directory if it is there."`
	JSON  bool     `name:"json" help:"Print the report as JSON."`
}

// importJSON is the report for programs.
type importJSON struct {
	Usable  int                `json:"usable"`
	Files   int                `json:"files_written"`
	Refused []refusedJSON      `json:"refused"`
	Reasons []appliance.Reason `json:"reasons"`
}

// Run reports what can be used, and writes it.
func (c *rulesImportCmd) Run(e *env) error {
	if c.Force && c.Out == "" {
		return usageError{fmt.Errorf("--force is for --out DIR")}
	}
	all, err := appliance.ReadCatalog(nil, c.File...)
	if err != nil {
		return err
	}
	files := 0
	if c.Out != "" {
		if files, err = all.WriteRules(c.Out, c.Force); err != nil {
			return err
		}
	}
	if c.JSON {
		report := importJSON{len(all.Entries), files, make([]refusedJSON, len(all.Refused)), all.Reasons()}
		for i := range all.Refused {
			report.Refused[i] = refusedOf(&all.Refused[i])
		}
		return printJSON(e, report)
	}
	for i := range all.Refused {
		fmt.Fprintln(e.stdout, all.Refused[i].Error())
	}
	if err := writeReasons(e.stdout, all.Reasons()); err != nil {
		return err
	}
	fmt.Fprintf(e.stdout, "%s can be used, %d cannot\n", count(len(all.Entries), "signature"), len(all.Refused))
	if c.Out != "" {
		_, err = fmt.Fprintf(e.stdout, "%s written to %s\n", count(files, "file"), c.Out)
	}
	return err
}
