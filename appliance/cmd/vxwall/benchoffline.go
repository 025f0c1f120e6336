package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"text/tabwriter"

	"vxwall/bench/offline"
)

type benchOfflineCmd struct {
	JSON     bool     `name:"json" help:"Print the figures as JSON, with each trial."`
	Packets  int      `default:"1000000" placeholder:"N" help:"Packets of the capture that is made (default: ${default})."`
	Repeats  int      `default:"3" placeholder:"N" help:"Alternating repeats, of which the median counts (default: ${default})."`
	Literals int      `default:"30000" placeholder:"N" help:"Synthetic signatures, besides none and the files named (default: ${default}; 0 for none)."`
	Dir      string   `placeholder:"DIR" help:"Where the captures are made (default: a temporary directory)."`
	Rules    []string `arg:"" optional:"" name:"file" help:"Signature files, each measured by itself."`
}

// Run measures vxwall beside Suricata on a capture of mixed flows in VXLAN.
func (c *benchOfflineCmd) Run(e *env) error {
	if c.Packets < 1000 || c.Repeats < 1 {
		return usageError{errors.New("want --packets from 1000 and --repeats from 1")}
	}
	if _, err := exec.LookPath("suricata"); err != nil {
		return errors.New("find suricata: it is not installed (vxwall bench compare --install installs it)")
	}
	self, err := os.Executable()
	if err != nil {
		return fmt.Errorf("find vxwall: %w", err)
	}
	dir := c.Dir
	if dir == "" {
		if dir, err = os.MkdirTemp("", "vxwall-offline-"); err != nil {
			return fmt.Errorf("make directory: %w", err)
		}
		defer os.RemoveAll(dir)
	}
	rules, err := c.rules(dir)
	if err != nil {
		return err
	}
	compare := offline.Compare{
		Programs: []offline.Program{offline.Vxwall(self), offline.Suricata}, Rules: rules, Packets: c.Packets, Repeats: c.Repeats, Dir: dir,
		Progress: func(what string) { fmt.Fprintf(e.stderr, "%s ...\n", what) },
	}
	figures, err := compare.Run(e.ctx)
	if c.JSON {
		return errors.Join(err, printJSON(e, figures))
	}
	_, printErr := e.stdout.Write(offlineText(figures))
	return errors.Join(err, printErr)
}

// rules are the sets to be measured with.
func (c *benchOfflineCmd) rules(dir string) ([]offline.Rules, error) {
	none, literals := filepath.Join(dir, "none.rules"), filepath.Join(dir, "literals.rules")
	if err := os.WriteFile(none, nil, 0o600); err != nil {
		return nil, err
	}
	list := []offline.Rules{{Name: "no rules", File: none}}
	for _, file := range c.Rules {
		list = append(list, offline.Rules{Name: filepath.Base(file), File: file})
	}
	if c.Literals > 0 {
		if err := offline.WriteLiterals(literals, "tcp", c.Literals); err != nil {
			return nil, err
		}
		list = append(list, offline.Rules{Name: fmt.Sprintf("%d literals", c.Literals), File: literals})
	}
	return list, nil
}

// offlineText is a table of figures; those of the first program are the ratio's upper part.
func offlineText(figures []offline.Figure) []byte {
	var b bytes.Buffer
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "rules\tprogram\tMpps\tload\tmemory\tratio\t")
	base := map[string]float64{}
	for _, f := range figures {
		ratio := ""
		if first, ok := base[f.Rules]; ok {
			ratio = fmt.Sprintf("%.2f", first/f.Mpps)
		} else {
			base[f.Rules] = f.Mpps
		}
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%.2fs\t%d MiB\t%s\t\n", f.Rules, f.Program, f.Mpps, f.Load.Seconds(), f.Memory>>20, ratio)
	}
	w.Flush()
	return b.Bytes()
}
