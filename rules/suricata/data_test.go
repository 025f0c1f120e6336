package suricata

import (
	"archive/tar"
	"bytes"
	"cmp"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// sharedRules holds real rule sets beside the repository.
const sharedRules = "../../../shared/data/rules"

// ruleSets returns the files of each real set by the set's name.
func ruleSets(t testing.TB) map[string][]ruleFile {
	t.Helper()
	sets := map[string][]ruleFile{}
	paths, err := filepath.Glob(filepath.Join(sharedRules, "*", "*.rules"))
	if err != nil || len(paths) == 0 {
		t.Skipf("no real rule sets at %s", sharedRules)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		set := filepath.Base(filepath.Dir(path))
		sets[set] = append(sets[set], ruleFile{path, text})
	}
	path := filepath.Join(sharedRules, "et-open-suricata-update-tests", "emerging.rules.tar.gz")
	sets["et-open-suricata-update-tests"] = untar(t, path)
	return sets
}

type ruleFile struct {
	name string
	text []byte
}

func untar(t testing.TB, path string) (files []ruleFile) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for r := tar.NewReader(z); ; {
		h, err := r.Next()
		if err == io.EOF {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(h.Name, ".rules") {
			text, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, ruleFile{h.Name, text})
		}
	}
}

var commented = regexp.MustCompile(`(?m)^#+[ \t]*((?:alert|drop|pass|reject)[ \t]+[a-z0-9-]+[ \t]+[^\n]*\()`)

// tally is what became of the rules of a set.
type tally struct {
	read    int
	refused []Problem
}

func (y *tally) file(f ruleFile) {
	signatures, problems := Parse(f.name, f.text, nil)
	y.read += len(signatures)
	y.refused = append(y.refused, problems...)
}

func (y *tally) rate() float64 { return float64(y.read) / float64(max(1, y.read+len(y.refused))) }

// reasons lists keywords and reasons by count.
func (y *tally) reasons() string {
	counts := map[string]int{}
	for _, p := range y.refused {
		reason, _, _ := strings.Cut(p.Reason, `"`)
		counts[p.Keyword+": "+reason]++
	}
	var names []string
	for name := range counts {
		names = append(names, name)
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Or(counts[b]-counts[a], strings.Compare(a, b)) })
	var b strings.Builder
	for _, name := range names[:min(len(names), 25)] {
		fmt.Fprintf(&b, "\n%8d %s", counts[name], name)
	}
	return b.String()
}

// TestRealRules holds that at least nine in ten rules of each real set are
// read, and prints why the others are not.
func TestRealRules(t *testing.T) {
	for set, files := range ruleSets(t) {
		var active, all tally
		for _, f := range files {
			active.file(f)
			f.text = commented.ReplaceAll(f.text, []byte("$1"))
			all.file(f)
		}
		t.Logf("%s: active %d of %d read (%.2f %%), with commented ones %d of %d (%.2f %%)%s", set,
			active.read, active.read+len(active.refused), 100*active.rate(),
			all.read, all.read+len(all.refused), 100*all.rate(), all.reasons())
		if active.rate() < 0.9 {
			t.Errorf("%s: less than nine in ten active rules are read", set)
		}
		for _, p := range all.refused[:min(3, len(all.refused))] {
			t.Log(p)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	var text bytes.Buffer
	for _, f := range ruleSets(b)["et-open-suricata-update-tests"] {
		text.Write(f.text)
		text.WriteByte('\n')
	}
	b.SetBytes(int64(text.Len()))
	n := 0
	for b.Loop() {
		signatures, _ := Parse("emerging.rules", text.Bytes(), nil)
		n = len(signatures)
	}
	b.ReportMetric(float64(n)*float64(b.N)/b.Elapsed().Seconds(), "rules/s")
}
