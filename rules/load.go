package rules

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vxwall/rules/suricata"
)

// Options is what a load depends on besides the files.
type Options struct {
	Now time.Time // rules that expire up to now never match; zero: none has expired

	// Inspect says that signatures are judged: without it, a rule that asks for
	// inspection is an error, for it must not load as one that goes without.
	Inspect bool
	// Apps are the application protocols that are identified: what `app` of a
	// rule may name.
	Apps []string
	// Refuse says what of a signature cannot be used, see [suricata.Env].
	Refuse func(*suricata.Signature) *suricata.Refusal
	// Files reads the files that [[ips]] names; nil: none can be read. Load reads
	// the disk unless it is set.
	Files Files
}

// Source is the text of one file.
type Source struct {
	Name string
	Text []byte
}

// Load reads the files at paths. A directory stands for its *.toml files in
// name order, without hidden ones and without directories below it; a file
// that is named twice counts once. The error is for what could not be read;
// problems say what is wrong in the files, and if one of them is an Error there
// is no Set.
func Load(opts Options, paths ...string) (*Set, []Problem, error) {
	names, err := list(paths)
	if err != nil {
		return nil, nil, err
	}
	if opts.Files == nil {
		opts.Files = readFiles
	}
	sources := make([]Source, len(names))
	for i, name := range names {
		if sources[i], err = read(name); err != nil {
			return nil, nil, err
		}
	}
	set, problems := Parse(opts, sources...)
	return set, problems, nil
}

// Parse is Load for texts in memory.
func Parse(opts Options, files ...Source) (*Set, []Problem) {
	d := newDecoder(opts)
	hash := sha256.New()
	d.hash = func(f Source) {
		base := filepath.Base(f.Name)
		// Lengths in front keep two different sets of files from running into
		// the same bytes.
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(base))))
		io.WriteString(hash, base)
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(f.Text))))
		hash.Write(f.Text)
	}
	set := &Set{Files: make([]string, len(files))}
	for i, f := range files {
		set.Files[i] = f.Name
		d.hash(f)
		d.file(newSource(f.Name, f.Text, i))
	}
	d.resolve(set)
	hash.Sum(set.Hash[:0])
	d.findCovered(set)
	problems := d.problems(d.sources)
	if d.errors > 0 {
		return nil, problems
	}
	return set, problems
}

// list replaces directories by their files.
func list(paths []string) ([]string, error) {
	if len(paths) == 0 {
		return nil, errors.New("load rules: no file is given")
	}
	var names []string
	seen := make(map[string]bool)
	for _, path := range paths {
		found, err := expand(path)
		if err != nil {
			return nil, fmt.Errorf("load rules: %w", err)
		}
		for _, name := range found {
			if clean := filepath.Clean(name); !seen[clean] {
				seen[clean] = true
				names = append(names, name)
			}
		}
	}
	return names, nil
}

func expand(path string) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path) // sorted by name
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		name := e.Name()
		if strings.HasSuffix(name, ".toml") && !strings.HasPrefix(name, ".") && !e.IsDir() {
			names = append(names, filepath.Join(path, name))
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("read directory %s: it holds no file *.toml", path)
	}
	return names, nil
}

// read returns the text of a file, or just so much of it that it is seen to be
// too large: a path may lead to a device without end.
func read(name string) (Source, error) {
	f, err := os.Open(name)
	if err != nil {
		return Source{}, fmt.Errorf("load rules: %w", err)
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return Source{}, fmt.Errorf("load rules: %w", err)
	}
	return Source{Name: name, Text: text}, nil
}
