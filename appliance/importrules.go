package appliance

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// WriteRules writes the signatures that can be used to a directory, in files called as those they came
// from. The directory is there as a whole or not at all. One that is there already is replaced only if
// force says so, and it has nothing but rule files.
func (c *Catalog) WriteRules(dir string, force bool) (files int, err error) {
	texts, err := c.texts()
	if err != nil {
		return 0, err
	}
	dir = filepath.Clean(dir)
	there, err := replaceable(dir, force)
	if err != nil {
		return 0, err
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "."+filepath.Base(dir)+"-*")
	if err != nil {
		return 0, fmt.Errorf("write rules: %w", err)
	}
	defer os.RemoveAll(fresh) // after the exchange: what was there before
	for name, text := range texts {
		if err := writeSynced(filepath.Join(fresh, name), text.String()); err != nil {
			return 0, fmt.Errorf("write rules: %w", err)
		}
	}
	if err := os.Chmod(fresh, 0o755); err != nil {
		return 0, fmt.Errorf("write rules: %w", err)
	}
	flags := uint(unix.RENAME_NOREPLACE)
	if there {
		flags = unix.RENAME_EXCHANGE
	}
	if err := unix.Renameat2(unix.AT_FDCWD, fresh, unix.AT_FDCWD, dir, flags); err != nil {
		return 0, fmt.Errorf("write rules to %s: %w", dir, err)
	}
	return len(texts), nil
}

// texts are the files to write, by name.
func (c *Catalog) texts() (map[string]*strings.Builder, error) {
	texts, from := map[string]*strings.Builder{}, map[string]string{}
	for i := range c.Entries {
		e := &c.Entries[i]
		name := e.File[strings.LastIndexAny(e.File, "/:")+1:]
		if texts[name] == nil {
			texts[name], from[name] = &strings.Builder{}, e.File
		}
		if from[name] != e.File {
			return nil, fmt.Errorf("%s and %s have one name: expected different ones, or import them one by one", from[name], e.File)
		}
		texts[name].WriteString(e.Text + "\n")
	}
	if len(texts) == 0 {
		return nil, errors.New("no signature can be used: nothing is written")
	}
	return texts, nil
}

// replaceable says whether the directory is there, and refuses one that must stay.
func replaceable(dir string, force bool) (there bool, err error) {
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return false, nil
	case err != nil:
		return false, fmt.Errorf("write rules: %w", err)
	case !force:
		return true, fmt.Errorf("write rules: %s is there already: expected another directory, or --force", dir)
	}
	for _, e := range entries {
		if !e.Type().IsRegular() || filepath.Ext(e.Name()) != ".rules" {
			return true, fmt.Errorf("write rules: %s has %s, which is no rule file: --force replaces only directories of rule files", dir, e.Name())
		}
	}
	return true, nil
}

func writeSynced(path, text string) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Sync(), f.Close())
}
