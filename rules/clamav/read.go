package clamav

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

const (
	// maxDatabase is the longest file that is read, unpacked, in bytes.
	maxDatabase = 1 << 30
	// maxLine is the longest line.
	maxLine = 1 << 20
	// maxProblems bounds what is told of one file.
	maxProblems = 1000
)

// Read reads databases: files, and all files of directories. What is wrong in them is a
// Problem; an error is only what cannot be read.
func Read(paths ...string) (*Set, []Problem, error) {
	r := reader{set: &Set{Ignored: map[string]bool{}}}
	for _, path := range paths {
		if err := r.path(path); err != nil {
			return nil, nil, err
		}
	}
	return r.set, r.problems, nil
}

// Add reads one file from memory. Its name says what it is.
func Add(set *Set, name string, data []byte) []Problem {
	if set.Ignored == nil {
		set.Ignored = map[string]bool{}
	}
	r := reader{set: set}
	r.file(name, bytes.NewReader(data))
	return r.problems
}

type reader struct {
	set      *Set
	problems []Problem
	told     int // problems of the file that is read
}

// path reads a file or a directory.
func (r *reader) path(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	if !info.IsDir() {
		return r.open(path)
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("read databases: %w", err)
	}
	for _, e := range entries { // by name
		if e.Type()&fs.ModeType != 0 || kindOf(e.Name()) == nil {
			continue
		}
		if err := r.open(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) open(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("read database: %w", err)
	}
	defer f.Close()
	r.file(path, f)
	return nil
}

// file reads one database.
func (r *reader) file(name string, in io.Reader) {
	r.told = 0
	kind := kindOf(name)
	if kind == nil {
		r.problem(Pos{File: name}, "", fmt.Errorf("unknown kind of database: expected .hdb, .hsb, .mdb, .msb, .ndb, .ldb, .fp, .sfp, .ign2, .cvd or .cld"))
		return
	}
	r.set.Files = append(r.set.Files, name)
	if strings.HasSuffix(name, ".gz") {
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			r.problem(Pos{File: name}, "", err)
			return
		}
		in = unpacked
	}
	kind(r, name, io.LimitReader(in, maxDatabase+1))
}

// kinds are the ways to read databases, by the ending of their name.
var kinds map[string]func(*reader, string, io.Reader)

func init() {
	hashes := func(to func(*Set) *[]Hash, sizeFirst bool) func(*reader, string, io.Reader) {
		return lines(func(r *reader, line string, at Pos) (string, error) {
			h, err := parseHash(line, sizeFirst)
			if h.Pos = at; err == nil {
				list := to(r.set)
				*list = append(*list, h)
			}
			return h.Name, err
		})
	}
	files := hashes(func(s *Set) *[]Hash { return &s.Hashes }, false)
	sections := hashes(func(s *Set) *[]Hash { return &s.Sections }, true)
	trusted := hashes(func(s *Set) *[]Hash { return &s.Trusted }, false)
	kinds = map[string]func(*reader, string, io.Reader){
		"hdb": files, "hsb": files, "mdb": sections, "msb": sections, "fp": trusted, "sfp": trusted,
		"ndb": lines((*reader).body), "ldb": lines((*reader).logical), "ign": lines((*reader).ignored), "ign2": lines((*reader).ignored),
		"cvd": container, "cld": container, "info": nothing, "cfg": nothing, "sign": nothing,
		"hdu": nothing, "hsu": nothing, "mdu": nothing, "msu": nothing, "ndu": nothing, "ldu": nothing, // of unwanted applications: off in ClamAV, too
	}
	for _, ending := range []string{"cbc", "yar", "yara", "idb", "pdb", "gdb", "wdb", "crb", "cdb", "ftm", "pwdb", "imp", "cat"} {
		kinds[ending] = func(r *reader, name string, _ io.Reader) {
			r.problem(Pos{File: name}, "", fmt.Errorf("databases of kind .%s are not supported", ending))
		}
	}
}

func nothing(*reader, string, io.Reader) {}

// kindOf returns how a file is read, nil if its name is none of a database.
func kindOf(name string) func(*reader, string, io.Reader) {
	name = strings.TrimSuffix(name, ".gz")
	return kinds[strings.TrimPrefix(filepath.Ext(name), ".")]
}

// lines reads a database line by line.
func lines(read func(*reader, string, Pos) (string, error)) func(*reader, string, io.Reader) {
	return func(r *reader, name string, in io.Reader) {
		s := bufio.NewScanner(in)
		s.Buffer(make([]byte, 0, 64<<10), maxLine)
		at := Pos{File: name}
		for s.Scan() {
			at.Line++
			line := strings.TrimRight(s.Text(), "\r")
			if line == "" || line[0] == '#' {
				continue
			}
			if sig, err := read(r, line, at); err != nil {
				r.problem(at, sig, err)
			}
		}
		if err := s.Err(); err != nil {
			at.Line++
			if errors.Is(err, bufio.ErrTooLong) {
				err = fmt.Errorf("line is longer than %d bytes: what follows is not read", maxLine)
			}
			r.problem(at, "", err)
		}
	}
}

func (r *reader) problem(at Pos, name string, err error) {
	if r.told++; r.told > maxProblems {
		return
	}
	if r.told == maxProblems {
		err = fmt.Errorf("more than %d problems: those that follow are not told", maxProblems)
	}
	r.problems = append(r.problems, Problem{Pos: at, Name: name, Reason: err.Error()})
}

func (r *reader) body(line string, at Pos) (string, error) {
	b, used, err := parseBody(line)
	if b.Pos = at; err == nil && used {
		r.set.Bodies = append(r.set.Bodies, b)
	}
	return b.Name, err
}

func (r *reader) logical(line string, at Pos) (string, error) {
	l, used, err := parseLogical(line)
	if l.Pos = at; err == nil && used {
		r.set.Logicals = append(r.set.Logicals, l)
	}
	return l.Name, err
}

// ignored reads a line of .ign2: "name" or "name:hash of the signature"; of .ign:
// "database:line:name".
func (r *reader) ignored(line string, _ Pos) (string, error) {
	fields := strings.Split(line, ":")
	name := fields[0]
	if len(fields) >= 3 {
		name = fields[2]
	}
	r.set.Ignored[name] = true
	return name, nil
}

// Drop removes the signatures that are to be ignored.
func (s *Set) Drop() {
	if len(s.Ignored) == 0 {
		return
	}
	s.Hashes = slices.DeleteFunc(s.Hashes, func(h Hash) bool { return s.Ignored[h.Name] })
	s.Sections = slices.DeleteFunc(s.Sections, func(h Hash) bool { return s.Ignored[h.Name] })
	s.Bodies = slices.DeleteFunc(s.Bodies, func(b Body) bool { return s.Ignored[b.Name] })
	s.Logicals = slices.DeleteFunc(s.Logicals, func(l Logical) bool { return s.Ignored[l.Name] })
}
