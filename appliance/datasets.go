package appliance

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"

	"vxwall/rules/suricata"
)

// maxDataset bounds the entries of a dataset that is loaded from a file.
const maxDataset = 1 << 22

// datasetsIn returns what loads the datasets that rules name, from files relative to a
// directory (Suricata's user guide, chapter "Datasets").
func datasetsIn(dir string) func(*suricata.Dataset) ([]string, error) {
	return func(d *suricata.Dataset) ([]string, error) {
		path := d.Load
		if path == "" {
			path = d.State
		}
		if path == "" {
			return nil, nil
		}
		if !filepath.IsAbs(path) {
			path = filepath.Join(dir, path)
		}
		f, err := os.Open(path)
		if os.IsNotExist(err) && d.Load == "" {
			return nil, nil // a state that was not saved yet
		}
		if err != nil {
			return nil, err
		}
		defer f.Close()
		var list []string
		lines := bufio.NewScanner(f)
		for lines.Scan() {
			value, err := datasetEntry(d.Type, strings.TrimSpace(lines.Text()))
			if err != nil {
				return nil, fmt.Errorf("read dataset %s: line %d: %w", path, len(list)+1, err)
			}
			if list = append(list, value); len(list) > maxDataset {
				return nil, fmt.Errorf("read dataset %s: more than %d entries", path, maxDataset)
			}
		}
		return list, lines.Err()
	}
}

// datasetEntry decodes a line of a dataset's file. What follows a comma is a reputation.
func datasetEntry(kind, line string) (string, error) {
	line, _, _ = strings.Cut(line, ",")
	switch kind {
	case "md5", "sha256":
		b, err := hex.DecodeString(line)
		return string(b), err
	case "ipv4", "ip", "ipv6":
		addr, err := netip.ParseAddr(line)
		if err != nil {
			return "", err
		}
		b := addr.As16()
		return string(b[:]), nil
	}
	b, err := base64.StdEncoding.DecodeString(line)
	return string(b), err
}
