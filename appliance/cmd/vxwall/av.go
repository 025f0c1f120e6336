package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"vxwall/appliance"
	"vxwall/inspect/av"
)

type avCmd struct {
	Scan avScanCmd `cmd:"" help:"Judge files on disk as those are judged that cross."`
}

const avScanExamples = `  vxwall av scan --database /var/lib/clamav report.zip     one file, by ClamAV's databases
  vxwall av scan --database local.ndb /srv/upload          all files of a directory
  vxwall av scan --clamd unix:/run/clamav/clamd.ctl a.exe  by a running clamd
  vxwall av scan --json --database local.hdb a.exe         for programs
`

// avSubExamples are the examples of each subcommand of av.
var avSubExamples = map[string]string{"scan": avScanExamples}

type avScanCmd struct {
	File     []string `arg:"" help:"Files and directories."`
	Database []string `placeholder:"PATH" help:"ClamAV's databases: files, or directories of them."`
	Clamd    string   `placeholder:"ADDRESS" help:"A clamd that judges what the databases do not find: unix:/path or tcp:host:port."`
	JSON     bool     `name:"json" help:"Print one JSON object for each file."`
	Problems bool     `help:"List the signatures that cannot be used."`
}

// Run judges files. It fails if something is found in one of them.
func (c *avScanCmd) Run(e *env) error {
	if len(c.Database) == 0 && c.Clamd == "" {
		return errors.New("scan files: expected --database PATH, such as /var/lib/clamav, or --clamd ADDRESS")
	}
	s := appliance.FileScan{Databases: c.Database, Clamd: c.Clamd}
	problems, err := s.Load()
	if err != nil {
		return err
	}
	if c.Problems {
		for _, p := range problems {
			fmt.Fprintln(e.stderr, p)
		}
	}
	if len(c.Database) > 0 {
		fmt.Fprintf(e.stderr, "%s, %d cannot be used\n", count(s.Signatures(), "signature"), len(problems))
	}
	total, found := 0, 0
	for _, path := range c.File {
		err := filepath.WalkDir(path, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || !entry.Type().IsRegular() {
				return err
			}
			f, err := s.File(path)
			if err != nil {
				return err
			}
			if total++; f.Outcome != av.Clean {
				found++
			}
			return c.print(e, path, &f)
		})
		if err != nil {
			return err
		}
	}
	if !c.JSON {
		fmt.Fprintf(e.stdout, "%s, something found in %d\n", count(total, "file"), found)
	}
	if found > 0 {
		return errProblem
	}
	return nil
}

// print says what is found in a file.
func (c *avScanCmd) print(e *env, path string, f *av.Finding) error {
	if c.JSON {
		return json.NewEncoder(e.stdout).Encode(map[string]string{
			"file": path, "outcome": f.Outcome.String(), "signature": f.Name, "member": f.Member, "source": f.Source,
		})
	}
	text := fmt.Sprintf("%s: %s", path, f.Outcome)
	if f.Name != "" {
		text += ": " + f.Name
	}
	if f.Member != "" {
		text += " in " + f.Member
	}
	if f.Source != "" {
		text += " (" + f.Source + ")"
	}
	_, err := fmt.Fprintln(e.stdout, text)
	return err
}
