package rules

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"vxwall/rules/suricata"
)

// Files returns the files that a pattern means in a policy file, in name order,
// and their texts. Load reads the disk; tests have their own.
type Files func(policy, pattern string) ([]Source, error)

// readFiles is Files on disk: a relative pattern begins where the policy file
// stands.
func readFiles(policy, pattern string) ([]Source, error) {
	pattern = besides(policy, pattern)
	names, err := filepath.Glob(pattern) // sorted
	if err != nil {
		return nil, fmt.Errorf("bad pattern: expected one such as %q", "signatures/*.rules")
	}
	files := make([]Source, len(names))
	for i, name := range names {
		if files[i], err = read(name); err != nil {
			var failed *os.PathError
			if errors.As(err, &failed) {
				return nil, failed.Err
			}
			return nil, err
		}
	}
	return files, nil
}

// besides is a path that begins where the policy file stands.
func besides(policy, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(policy), path)
}

// ruleFiles reads rule files, each once however many profiles name it.
type ruleFiles struct {
	*decoder
	parsed  map[parsedKey]*parsedFile
	sources map[string]*source // of files read so far
}

// parsedKey is what the signatures of a file depend on.
type parsedKey struct{ name, classes string }

type parsedFile struct {
	signatures []suricata.Signature
	refused    int
}

// open returns the files of a pattern; that there are none is an error.
func (f *ruleFiles) open(at ref) []Source {
	if f.files == nil {
		f.errorf(at.at, "%q cannot be read: files are read for a policy on disk alone", at.name)
		return nil
	}
	files, err := f.files(at.at.src.name, at.name)
	switch {
	case err != nil:
		f.errorf(at.at, "cannot read %q: %v", at.name, err)
	case len(files) == 0:
		f.errorf(at.at, "no file is like %q: expected at least one", at.name)
	}
	return files
}

// resolveProfiles reads what profiles name.
func (d *decoder) resolveProfiles(set *Set) {
	f := &ruleFiles{d, map[parsedKey]*parsedFile{}, map[string]*source{}}
	for i := range d.profiles {
		p := &d.profiles[i]
		env := *set.Env
		if p.classes.name != "" {
			f.classes(p, &env)
		}
		if p.thresholds.name != "" {
			f.thresholds(p, &env)
		}
		list := slices.Clone(set.Signatures)
		for _, r := range p.rules {
			for _, file := range f.open(r) {
				parsed := f.parse(file, parsedKey{file.Name, p.classes.name}, &env)
				p.Files = append(p.Files, file.Name)
				p.Refused += parsed.refused
				list = append(list, parsed.signatures...)
			}
		}
		f.pick(p, list)
		set.Profiles = append(set.Profiles, p.Profile)
	}
}

// pick keeps one signature of each sid and does to each what choices say.
func (f *ruleFiles) pick(p *profileDraft, list []suricata.Signature) {
	list, problems := suricata.Newest(list)
	for i := range problems {
		f.warnf(p.at, "rule %d of %s:%d: %s", problems[i].SID, problems[i].File, problems[i].Line, problems[i].Reason)
	}
	p.Refused += len(problems)
	p.Signatures = list[:0]
	for i := range list {
		if !p.apply(&list[i]) {
			p.Off++
			continue
		}
		p.Signatures = append(p.Signatures, list[i])
	}
	clear(list[len(p.Signatures):])
}

// parse reads a rule file, and reports the rules that cannot be used: as
// warnings, for one bad rule of many thousands must not stop a load.
func (f *ruleFiles) parse(file Source, key parsedKey, env *suricata.Env) *parsedFile {
	if known := f.parsed[key]; known != nil {
		return known
	}
	p := &parsedFile{}
	f.parsed[key] = p
	_, again := f.sources[file.Name]
	src := f.enter(file)
	if src.tooLarge {
		return p
	}
	var problems []suricata.Problem
	p.signatures, problems = suricata.Parse(file.Name, file.Text, env)
	p.refused = len(problems)
	for i := range problems {
		if !again {
			f.warn(src, &problems[i])
		}
	}
	return p
}

// enter makes the text of a file known to the report, once.
func (f *ruleFiles) enter(file Source) *source {
	if src := f.sources[file.Name]; src != nil {
		return src
	}
	src := newSource(file.Name, file.Text, len(f.decoder.sources))
	f.sources[file.Name] = src
	f.decoder.sources = append(f.decoder.sources, src)
	if src.tooLarge {
		f.report.file(src, fmt.Sprintf("file is too large: expected at most %d MiB", maxFile>>20))
	}
	f.hash(file)
	return src
}

// warn shows a problem of the language of rules at its place.
func (f *ruleFiles) warn(src *source, p *suricata.Problem) {
	f.warnf(src.place(p), "%s", leftOut(p))
}

func leftOut(p *suricata.Problem) string {
	if p.SID == 0 {
		return "rule is left out: " + reasonOf(p)
	}
	return fmt.Sprintf("rule %d is left out: %s", p.SID, reasonOf(p))
}

// LeftOut returns the warning for a signature of a load that who judges packets
// found that it cannot use; without the source line.
func LeftOut(p *suricata.Problem) Problem {
	at := Pos{File: p.File, Line: p.Line, Column: p.Column, Width: max(1, len(p.Keyword))}
	return Problem{Pos: at, Severity: Warning, Message: printable(leftOut(p))}
}

// place is where a problem of a line stands: its keyword, if that is there.
func (s *source) place(p *suricata.Problem) place {
	first, last := s.bounds(min(max(1, p.Line), len(s.lines)))
	start := first
	for range p.Column - 1 {
		if start >= last {
			break
		}
		start++
		for start < last && s.text[start]&0xc0 == 0x80 {
			start++
		}
	}
	end := start + 1
	if p.Keyword != "" && strings.HasPrefix(s.text[start:last], p.Keyword) {
		end = start + int32(len(p.Keyword))
	}
	return place{s, span{start, end}}
}

// classes puts a classification file over the classes of env.
func (f *ruleFiles) classes(p *profileDraft, env *suricata.Env) {
	all := make(map[string]suricata.Class, len(env.Classes))
	for name, c := range env.Classes {
		all[name] = c
	}
	for _, file := range f.open(p.classes) {
		src := f.enter(file)
		classes, problems := suricata.ParseClasses(file.Name, file.Text)
		for name, c := range classes {
			all[name] = c
		}
		f.fail(src, problems)
	}
	env.Classes = all
}

func (f *ruleFiles) thresholds(p *profileDraft, env *suricata.Env) {
	for _, file := range f.open(p.thresholds) {
		src := f.enter(file)
		list, problems := suricata.ParseThresholds(file.Name, file.Text, env)
		p.Thresholds = append(p.Thresholds, list...)
		f.fail(src, problems)
	}
}

// fail reports problems of files that are the operator's own: they stop a load.
func (f *ruleFiles) fail(src *source, problems []suricata.Problem) {
	for i := range problems {
		f.errorf(src.place(&problems[i]), "%s", reasonOf(&problems[i]))
	}
}
