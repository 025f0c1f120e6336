package appliance

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"vxwall/rules"
	"vxwall/rules/suricata"
)

// What an archive of rules may have at most: an archive of a few bytes can say that it has more than
// fits into memory.
const (
	maxRuleFile  = 64 << 20
	maxRuleBytes = 512 << 20
)

// ruleSources reads rule files, the *.rules of directories, and those of .tar.gz archives. What is
// in an archive is called archive:name.
func ruleSources(path string) ([]rules.Source, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.IsDir():
		return dirSources(path)
	case strings.HasSuffix(path, ".tar.gz") || strings.HasSuffix(path, ".tgz"):
		return archiveSources(path)
	}
	text, err := os.ReadFile(path)
	return []rules.Source{{Name: path, Text: text}}, err
}

func dirSources(dir string) ([]rules.Source, error) {
	names, err := filepath.Glob(filepath.Join(globQuoted(dir), "*.rules"))
	if err == nil && len(names) == 0 {
		err = fmt.Errorf("%s: no file is called *.rules there", dir)
	}
	if err != nil {
		return nil, err
	}
	list := make([]rules.Source, len(names))
	for i, name := range names {
		list[i].Name = name
		if list[i].Text, err = os.ReadFile(name); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// rulesDir is where what rules name lies: the directory itself, or that of a file.
func rulesDir(path string) string {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return path
	}
	return filepath.Dir(path)
}

// globQuoted is a directory's name as a pattern that only it is like.
func globQuoted(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func archiveSources(name string) ([]rules.Source, error) {
	file, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	zipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	list, err := tarSources(name, io.LimitReader(zipped, maxRuleBytes))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if len(list) == 0 {
		return nil, fmt.Errorf("%s: no file is called *.rules there", name)
	}
	return list, nil
}

// tarSources reads the rule files of a tar archive.
func tarSources(name string, r io.Reader) (list []rules.Source, err error) {
	for t := tar.NewReader(r); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return list, nil
		}
		if err != nil {
			return nil, err
		}
		if h.Typeflag != tar.TypeReg || path.Ext(h.Name) != ".rules" {
			continue
		}
		if h.Size > maxRuleFile {
			return nil, fmt.Errorf("%s has %d bytes: expected at most %d MiB", h.Name, h.Size, maxRuleFile>>20)
		}
		text, err := io.ReadAll(t)
		if err != nil {
			return nil, err
		}
		list = append(list, rules.Source{Name: name + ":" + h.Name, Text: text})
	}
}

// readSignatures reads rule files, directories and archives of them. What of them cannot be used is a
// problem; an error is only what cannot be read.
func readSignatures(env *suricata.Env, paths ...string) (list []suricata.Signature, problems []suricata.Problem, err error) {
	for _, path := range paths {
		sources, err := ruleSources(path)
		if err != nil {
			return nil, nil, fmt.Errorf("read signatures: %w", err)
		}
		for _, s := range sources {
			found, wrong := suricata.Parse(s.Name, s.Text, env)
			if list == nil {
				list = found // most often the only file: not copied
			} else {
				list = append(list, found...)
			}
			problems = append(problems, wrong...)
		}
	}
	list, wrong := suricata.Newest(list)
	return list, append(problems, wrong...), nil
}
