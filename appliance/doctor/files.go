package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"vxwall/appliance"
	"vxwall/rules"
)

// mostProblems bounds how many problems of files are told one by one.
const mostProblems = 10

func lookConfiguration(_ context.Context, p *patient) []Finding {
	switch {
	case p.File == "":
		return one(NotChecked, "", "the ports were named, no file was read")
	case errors.Is(p.Err, fs.ErrNotExist):
		f := finding(Problem, p.File, "there is no such file")
		return []Finding{f.advise("write one that names the ports (configs/vxwall.toml has all keys), or name them here with --port")}
	case p.Err != nil:
		return one(Problem, p.File, "%v", p.Err)
	case len(p.Problems) > 0:
		return problemsOf(p.Problems)
	}
	return one(OK, p.File, "can be used: %s mode", p.Config.Datapath.Mode)
}

// problemsOf tells the problems of files, errors as problems.
func problemsOf(problems []rules.Problem) (list []Finding) {
	for i := range problems {
		if i == mostProblems {
			return append(list, finding(Problem, "", "and %d more", len(problems)-i))
		}
		v := Warning
		if problems[i].Severity == rules.Error {
			v = Problem
		}
		list = append(list, finding(v, place(&problems[i]), "%s", problems[i].Message))
	}
	return list
}

// place is where a problem stands.
func place(p *rules.Problem) string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Column)
}

func lookRules(_ context.Context, p *patient) []Finding {
	if p.File == "" || p.Err != nil {
		return one(NotChecked, "", "no configuration says which rules")
	}
	paths := p.Config.Rules.Paths
	checked, err := appliance.Check(p.Now, paths...)
	if err != nil {
		f := finding(Problem, "", "%v", err)
		if len(paths) == 1 && errors.Is(err, fs.ErrNotExist) {
			f = f.advise("write rules there; `vxwall check` says whether they are good")
		}
		return []Finding{f}
	}
	list := problemsOf(checked.Problems)
	if checked.Failed() {
		return list
	}
	return append(list, finding(OK, "", "no errors; rules: %d, segments: %d", len(checked.Set.ACL), len(checked.Set.Segments)))
}

// leastDisk is how much room the event log should have.
const leastDisk = 256 << 20

func lookEventLog(_ context.Context, p *patient) []Finding {
	path := p.Config.Events.EVE
	if path == "" || path == "-" {
		return one(OK, "", "no file is written")
	}
	dir := filepath.Dir(path)
	var st unix.Statfs_t
	err := unix.Statfs(dir, &st)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return one(OK, path, "vxwall makes the directory when it starts")
	case err != nil:
		return one(NotChecked, path, "%v", err)
	case unix.Access(dir, unix.W_OK) != nil:
		return []Finding{finding(Problem, path, "this process may not write to %s", dir).mend(shell("chown %d %s", os.Geteuid(), dir))}
	}
	if free := st.Bavail * uint64(st.Bsize); free < leastDisk {
		return []Finding{finding(Warning, path, "only %s are free on its disk: events will be lost", mib(free)).advise("make room, or set events.eve to another disk")}
	}
	return one(OK, path, "can be written")
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
