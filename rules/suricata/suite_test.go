package suricata

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestSuiteRules holds that the rules of the conformance suite are read: all
// but those that the suite wants to be skipped and those that configure logs.
func TestSuiteRules(t *testing.T) {
	root := "../../../shared/conformance/suite"
	if _, err := os.Stat(root); err != nil {
		t.Skip("no conformance suite at ", root)
	}
	var y tally
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".rules") {
			return err
		}
		text, err := os.ReadFile(path)
		y.file(ruleFile{path, text})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if y.read < 1890 {
		t.Errorf("%d rules are read, expected at least 1890", y.read)
	}
	for _, p := range y.refused {
		if !p.Skipped && !strings.Contains(p.Reason, `"config"`) {
			t.Error(p)
		}
	}
}
