package pipeline_test

import (
	"os/exec"
	"strings"
	"testing"
)

// below says which packages of this module each of ours may import.
var below = map[string][]string{
	"vxwall/pipeline":         {"vxwall/pipeline/flow", "vxwall/pipeline/overlay", "vxwall/pipeline/stream", "vxwall/pipeline/wire"},
	"vxwall/pipeline/flow":    {},
	"vxwall/pipeline/overlay": {"vxwall/pipeline/wire"},
	"vxwall/pipeline/stream":  {},
	"vxwall/pipeline/wire":    {},
}

// impure are the standard library's ways out of the process. Packages that
// these need are none of ours to import either, but come with package sync
// and the runtime: only what is imported directly counts.
var impure = []string{"net", "os", "log", "syscall", "plugin", "testing", "flag", "database", "embed", "expvar", "C"}

// Package pipeline and those below it are the same on every system and import
// nothing that could reach out of the process.
func TestImports(t *testing.T) {
	for _, system := range []string{"linux", "darwin", "windows"} {
		cmd := exec.Command("go", "list", "-deps", "-f", "{{if not .Standard}}{{.ImportPath}} {{.Imports}}{{end}}", "vxwall/pipeline")
		cmd.Env = append(cmd.Environ(), "GOOS="+system, "CGO_ENABLED=0")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("list packages for %s: %v", system, err)
		}
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		if len(lines) != len(below) {
			t.Errorf("%s: %d packages, want %d: %s", system, len(lines), len(below), out)
		}
		for _, line := range lines {
			path, imports, _ := strings.Cut(line, " ")
			for _, imported := range strings.Fields(strings.Trim(imports, "[]")) {
				checkImport(t, path, imported)
			}
		}
	}
}

func checkImport(t *testing.T, path, imported string) {
	t.Helper()
	allowed, ours := below[path]
	if !ours {
		t.Errorf("package pipeline depends on %s", path)
		return
	}
	root, _, _ := strings.Cut(imported, "/")
	if root == "vxwall" || strings.Contains(root, ".") {
		for _, a := range allowed {
			if a == imported {
				return
			}
		}
		t.Errorf("%s imports %s", path, imported)
	}
	for _, bad := range impure {
		if root == bad {
			t.Errorf("%s imports %s", path, imported)
		}
	}
}
