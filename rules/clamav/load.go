package clamav

import (
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say what is read.
type Options struct {
	PUA      bool // potentially unwanted applications: .hdu .mdu .ndu .ldu, and names that say so
	Unsigned bool // containers without ClamAV's signature too, as unofficial
}

// Read reads files, containers, and directories of both, each perhaps in gzip. An error is
// only what cannot be read at all.
func Read(paths ...string) (*Set, []Problem, error) { return Load(Options{}, paths...) }

// Load is Read with options.
func Load(opts Options, paths ...string) (*Set, []Problem, error) {
	l := newLoader(&Set{}, opts)
	for _, path := range paths {
		if err := l.path(path); err != nil {
			return nil, nil, fmt.Errorf("read database: %w", err)
		}
	}
	return l.set, l.set.told(), nil
}

// Add reads one file from memory. Its name says what it is.
func Add(set *Set, name string, data []byte) []Problem {
	own := LoadText(Options{}, name, data)
	set.join(own)
	return own.told()
}

// LoadText reads one file from memory into a set of its own.
func LoadText(opts Options, name string, text []byte) *Set {
	l := newLoader(&Set{}, opts)
	l.text(name, text)
	return l.set
}

// told returns all problems, and those kinds of file that are not used at all.
func (s *Set) told() []Problem {
	list := s.Problems
	for _, skipped := range s.Skipped {
		if unsupported[kindOf(skipped.File)] == skipped.Reason && skipped.Reason != puaReason {
			list = append(list, Problem{Pos: Pos{File: skipped.File}, Reason: fmt.Sprintf("%s (%d lines)", skipped.Reason, skipped.Count)})
		}
	}
	return list
}

// loader reads into a set.
type loader struct {
	set     *Set
	opts    Options
	key     publicKey
	infoKey publicKey
	left    int64 // bytes that may still be read
}

func newLoader(set *Set, opts Options) *loader {
	return &loader{set: set, opts: opts, key: containerKey, infoKey: infoKey, left: maxBytes}
}

func (l *loader) problem(file string, f *fault) {
	if len(l.set.Problems) < maxProblems {
		l.set.Problems = append(l.set.Problems, Problem{Pos: Pos{File: file}, Field: f.field, Reason: f.reason})
	}
}

func (l *loader) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return l.open(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries { // by name
		name := e.Name()
		if !e.Type().IsRegular() || !known(name) && !isContainer(name) {
			continue
		}
		if err := l.open(filepath.Join(path, name)); err != nil {
			return err
		}
	}
	return nil
}

func isContainer(name string) bool { return kindOf(name) == "cvd" || kindOf(name) == "cld" }

func (l *loader) open(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := io.Reader(f)
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			l.problem(path, bad("", "%v", err))
			return nil
		}
	}
	text, err := l.read(in)
	if err != nil {
		l.problem(path, bad("", "%v", err))
		return nil
	}
	l.text(path, text)
	return nil
}

// read reads a file within the bound of all.
func (l *loader) read(from io.Reader) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(from, l.left+1))
	if err != nil {
		return nil, err
	}
	if l.left -= int64(len(text)); l.left < 0 {
		l.left = 0
		return nil, fmt.Errorf("the databases are larger than %d bytes", int64(maxBytes))
	}
	return text, nil
}

func (l *loader) text(name string, text []byte) {
	if isContainer(name) {
		l.container(name, text)
		return
	}
	l.file(File{Name: name}, text)
}

// kindOf returns a file's extension in lower case, without the point.
func kindOf(name string) string {
	return strings.ToLower(strings.TrimPrefix(filepath.Ext(strings.TrimSuffix(name, ".gz")), "."))
}

// unsupported says why files of some kinds are not used.
var unsupported = map[string]string{
	"cbc": "bytecode is not supported", "cud": "container is not supported",
	"yar": "YARA rules are not supported", "yara": "YARA rules are not supported",
	"idb": "icons are not supported", "crb": "trust in certificates is not supported",
	"cat": "trust in certificates is not supported", "ftm": "file types are known by inspect/av",
	"pdb": "phishing addresses are not supported", "gdb": "phishing addresses are not supported",
	"wdb": "phishing addresses are not supported", "cfg": "the engine's configuration is not used",
	"pwdb": "passwords of archives are not supported", "ioc": "indicators of compromise are not supported",
	"ldu": puaReason, "hdu": puaReason, "mdu": puaReason, "ndu": puaReason, "hsu": puaReason, "msu": puaReason,
	"info": "", "db": "the oldest format is not supported", "sdb": "the oldest format is not supported",
}

var kinds = []string{"hdb", "hsb", "hdu", "hsu", "mdb", "msb", "mdu", "msu", "imp", "ndb", "ndu", "ldb", "ldu", "cdb", "fp", "sfp", "ign", "ign2"}

func known(name string) bool {
	_, not := unsupported[kindOf(name)]
	return not || slices.Contains(kinds, kindOf(name))
}

// file reads a file that is no container.
func (l *loader) file(f File, text []byte) {
	if kindOf(f.Name) == "info" || filepath.Base(f.Name) == "COPYING" {
		return
	}
	r := &reader{set: l.set, opts: &l.opts, file: uint32(len(l.set.Files))}
	l.set.Files = append(l.set.Files, f)
	if read := r.kind(kindOf(f.Name)); read != nil {
		r.lines(text, read)
	} else if reason := unsupported[kindOf(f.Name)]; reason != "" {
		r.lines(text, func(string) error { return skip(reason) })
	} else {
		l.problem(f.Name, bad("", "not a kind of database that is known"))
	}
}

// kind returns what reads the lines of a kind of file, nil if none does.
func (r *reader) kind(kind string) func(string) error {
	s := r.set
	if strings.HasSuffix(kind, "u") && !r.opts.PUA {
		return nil
	}
	switch kind {
	case "hdb", "hsb", "hdu", "hsu":
		return func(line string) error { return r.hashLine(line, &s.Hashes, false) }
	case "mdb", "msb", "mdu", "msu":
		return func(line string) error { return r.hashLine(line, &s.Sections, true) }
	case "imp":
		return func(line string) error { return r.hashLine(line, &s.Imports, false) }
	case "fp", "sfp":
		return func(line string) error { return r.hashLine(line, &s.Trusted, false) }
	case "ndb", "ndu":
		return r.bodyLine
	case "ldb", "ldu":
		return r.logicalLine
	case "cdb":
		return r.memberLine
	case "ign", "ign2":
		return r.ignoreLine
	}
	return nil
}
