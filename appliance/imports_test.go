package appliance

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// place is where a package stands.
type place struct {
	pkg string
	may []string
}

// allowed is the import table of docs/architecture.md: what of ours a package
// may import. A name ending in … stands for a tree. The first entry that fits a
// package counts; a package without one may not exist.
var allowed = []place{
	{"pipeline/wire", nil},
	{"pipeline/flow", nil},
	{"pipeline/stream", nil},
	{"pipeline/overlay", []string{"pipeline/wire"}},
	{"pipeline/pipelinetest", []string{"pipeline…"}},
	{"pipeline", []string{"pipeline/wire", "pipeline/flow", "pipeline/stream", "pipeline/overlay"}},
	{"rules/suricata", nil},
	{"rules/clamav", nil},
	{"rules", []string{"rules/suricata"}},
	{"inspect/app/protocols", []string{"inspect/app…"}},
	{"inspect/app/apptest", []string{"pipeline…", "inspect/app…"}},
	{"inspect/regex", nil},
	{"inspect/app/inflate", nil},
	{"inspect/app/mime", []string{"pipeline…", "inspect/app"}},
	{"inspect/app/smtp", []string{"pipeline…", "inspect/app", "inspect/app/mime"}},
	{"inspect/app…", []string{"pipeline…", "inspect/app", "inspect/app/inflate"}},
	{"inspect/ips…", []string{"pipeline…", "rules…", "inspect/app…", "inspect/regex", "inspect/ips…"}},
	{"inspect/av…", []string{"pipeline…", "rules…", "inspect/app…", "inspect/regex", "inspect/av…"}},
	{"inspect/segment/segmenttest", []string{"pipeline…", "rules", "inspect/segment"}},
	{"inspect…", []string{"pipeline…", "rules"}},
	{"appliance/link/linktest", []string{"pipeline…"}},
	{"appliance/link/afxdp/ring", nil},
	{"appliance/link/pace", nil},
	{"appliance/link/afxdp", []string{"pipeline…", "appliance/link/afxdp/ring", "appliance/link/linktest", "appliance/link/pace"}},
	{"appliance/link…", []string{"pipeline…", "appliance/link/linktest", "appliance/link/pace"}},
	{"appliance/underlay", nil},
	{"appliance/eve", []string{"pipeline…", "inspect/segment", "inspect/app", "inspect/ips", "inspect/av", "rules…"}},
	{"appliance/clamd", []string{"inspect/av"}},
	{"appliance/doctor", []string{"pipeline/wire", "rules", "appliance", "appliance/admin", "appliance/link/afxdp", "appliance/link/nfqueue"}},
	{"appliance/top", []string{"appliance/admin"}},
	{"appliance", []string{"pipeline…", "rules…", "inspect…", "appliance/link…", "appliance/eve", "appliance/admin", "appliance/clamd", "appliance/underlay"}},
	{"appliance/admin", []string{"pipeline…", "rules", "inspect/segment"}},
	{"appliance/cmd…", []string{"appliance", "appliance/admin", "appliance/doctor", "appliance/top", "rules…", "pipeline…", "inspect/segment", "inspect/ips", "inspect/av", "appliance/link/afxdp", "bench/lab", "bench/load", "bench/offline"}},
	{"bench…", []string{"pipeline…", "rules…", "inspect…", "appliance", "appliance/eve", "appliance/admin", "appliance/link…", "bench/lab…", "bench/load", "bench/offline", "bench/page…", "bench/ready", "bench/soak"}},
}

// What packages of others have no place where. The pipeline has no sockets,
// files or processes; inspectors may use net for its types; log, metrics and the
// command line are the appliance's own.
var refusals = []struct{ in, refused []string }{
	{[]string{"pipeline…"}, []string{"net", "net/http"}},
	{[]string{"pipeline…", "inspect…"}, []string{"os", "os/exec", "syscall", "golang.org/x/sys…"}},
	{[]string{"pipeline…", "inspect…", "rules", "appliance/link…", "appliance/eve", "appliance/underlay"}, []string{
		"log", "log/slog", "flag", "net/http", "golang.org/x/term",
		"github.com/prometheus…", "github.com/alecthomas/kong", "github.com/schollz/progressbar…",
	}},
	{[]string{"pipeline/wire", "pipeline/flow", "pipeline/stream", "pipeline/overlay"}, []string{
		"github.com…", "golang.org…", "go.uber.org…", "pgregory.net…",
	}},
}

func fits(pkg, pattern string) bool {
	tree, isTree := strings.CutSuffix(pattern, "…")
	return pkg == tree || isTree && strings.HasPrefix(pkg, tree+"/")
}

func fitsAny(pkg string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return fits(pkg, p) })
}

type goPackage struct {
	ImportPath string
	Imports    []string
	GoFiles    []string
	Dir        string
}

func packages(t *testing.T) (list []goPackage) {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,GoFiles,Dir", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p goPackage
		if err := d.Decode(&p); err == io.EOF {
			return list
		} else if err != nil {
			t.Fatal(err)
		}
		list = append(list, p)
	}
}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, "vxwall/")
		i := slices.IndexFunc(allowed, func(a place) bool { return fits(name, a.pkg) })
		if i < 0 {
			t.Errorf("%s has no place in the import table", name)
			continue
		}
		for _, imported := range p.Imports {
			if ours, ok := strings.CutPrefix(imported, "vxwall/"); ok && !fitsAny(ours, allowed[i].may) {
				t.Errorf("%s must not import %s", name, ours)
			}
			if refused(name, imported) {
				t.Errorf("%s must not import %s", name, imported)
			}
		}
	}
}

// refused says whether a package of others has no place in one of ours. Test
// helpers are no part of the program.
func refused(name, imported string) bool {
	if strings.HasSuffix(name, "test") {
		return false
	}
	for _, r := range refusals {
		if fitsAny(name, r.in) && fitsAny(imported, r.refused) {
			return true
		}
	}
	return false
}

// TestUnsafeIsQuarantined: unsafe is imported by files named so only.
func TestUnsafeIsQuarantined(t *testing.T) {
	goFiles(t, func(path string) {
		f, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range f.Imports {
			if i.Path.Value == `"unsafe"` && !strings.Contains(filepath.Base(path), "unsafe") {
				t.Errorf("%s imports unsafe", path)
			}
		}
	})
}

// TestFilesAreShort holds the sources to 300 lines.
func TestFilesAreShort(t *testing.T) {
	goFiles(t, func(path string) {
		if n := strings.Count(string(readFile(t, path)), "\n"); n > 300 && !strings.HasSuffix(path, "_test.go") {
			t.Errorf("%s has %d lines", path, n)
		}
	})
}

// goFiles calls f with every Go file of the tree.
func goFiles(t *testing.T, f func(path string)) {
	t.Helper()
	n := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "out" || d.Name() == "testdata" || len(d.Name()) > 2 && d.Name()[0] == '.') {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			n++
			f(path)
		}
		return nil
	})
	if err != nil || n < 50 {
		t.Fatalf("%d files, %v", n, err)
	}
}
