package main

import (
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// TestLabScripts runs testdata/lab/*.txtar, which build labs: $LAB is the name of one,
// which is removed at the end.
func TestLabScripts(t *testing.T) {
	labtest.NeedRoot(t)
	made := 0
	testscript.Run(t, testscript.Params{
		Dir: "testdata/lab",
		Setup: func(env *testscript.Env) error {
			made++
			name := fmt.Sprintf("cli-%d-%d", os.Getpid(), made)
			env.Setenv("LAB", name)
			env.Defer(func() {
				if l, err := lab.Find(name); err == nil {
					if err := l.Down(); err != nil {
						t.Error(err)
					}
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status},
	})
}
