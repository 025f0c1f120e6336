package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"vxwall": func() { os.Exit(runProcess()) }})
}

// TestScripts runs testdata/script/*.txtar. They find the demo in $DEMO, and
// have these commands besides testscript's:
//
//	status N vxwall ARG...   runs the program and wants this exit status
//	mask FILE                writes stdout to FILE, without what differs each time
//	cut FILE N               copies the demo capture without its last N bytes
//
// UPDATE_SCRIPTS=1 go test rewrites the expected outputs in the scripts.
func TestScripts(t *testing.T) {
	demo, err := filepath.Abs("../../../bench/demo")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("DEMO", demo)
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"status": status, "mask": mask, "cut": cut,
		},
		Condition: func(condition string) (bool, error) {
			_, err := os.Stat("/etc/vxwall/rules.d")
			return condition == "installed" && err == nil, nil
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

// status runs a command and compares its exit status: `status 2 vxwall frob`.
func status(ts *testscript.TestScript, neg bool, args []string) {
	want, err := strconv.Atoi(args[0])
	if err != nil || neg {
		ts.Fatalf("usage: status N command [args...]")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		exit, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = exit.ExitCode()
	}
	if got != want {
		ts.Fatalf("exit status %d, want %d", got, want)
	}
}

// volatile is what differs from run to run: how long it took, and where the
// tests are.
var volatile = []struct {
	pattern *regexp.Regexp
	with    string
}{
	{regexp.MustCompile(`(?m)^time .*$`), "time TIME"},
	{regexp.MustCompile(`revision \d+-[0-9a-f]{12}`), "revision N-HASH"},
	{regexp.MustCompile(`"flow_id":\d+`), `"flow_id":ID`},
	{regexp.MustCompile(`"(\d+)-[0-9a-f]{12}"`), `"$1-HASH"`},
}

func mask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: mask file")
	}
	text := ts.ReadFile("stdout")
	text = regexp.MustCompile(regexp.QuoteMeta(ts.Getenv("DEMO"))).ReplaceAllString(text, "DEMO")
	for _, v := range volatile {
		text = v.pattern.ReplaceAllString(text, v.with)
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o666))
}

// cut copies the demo capture but for its end: `cut FILE BYTES`.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cut file bytes")
	}
	demo := ts.ReadFile(ts.Getenv("DEMO") + "/vxlan.pcap")
	n, err := strconv.Atoi(args[1])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(demo[:len(demo)-n]), 0o666))
}
