package rules

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

var tomlBlock = regexp.MustCompile("(?s)```toml\n(.*?)```")

// TestDocs reads the examples of docs/signatures.md as one policy.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../docs/signatures.md")
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, block := range tomlBlock.FindAllStringSubmatch(string(page), -1) {
		text.WriteString(block[1])
	}
	text.WriteString("\n[[segment]]\nname = \"clients\"\nvni = [1]\n[[segment]]\nname = \"web\"\nvni = [2]\n")
	opts, _ := optionsOf(nil)
	opts.Files = func(_, pattern string) ([]Source, error) {
		f := Source{Name: pattern}
		if strings.HasSuffix(pattern, ".rules") {
			f.Text = []byte("alert ip any any -> any any (sid:2010935;)\nalert ip any any -> any any (classtype:trojan-activity; sid:1;)\n")
		}
		return []Source{f}, nil
	}
	set, problems := Parse(opts, Source{"signatures.toml", []byte(text.String())})
	for _, p := range problems {
		t.Error(p.Detail())
	}
	if set == nil || len(set.Signatures) != 1 || len(set.Profiles) != 1 || len(set.Profiles[0].Signatures) != 2 {
		t.Errorf("set %+v", set)
	}
}
