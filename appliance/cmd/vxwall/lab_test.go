package main

import (
	"errors"
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

// TestOwnCommand is a path that can be pasted, unless the PATH leads to this program.
func TestOwnCommand(t *testing.T) {
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Setenv("PATH", dir)
	if got := ownCommand(); got != own {
		t.Errorf("without vxwall in the PATH: %s, want %s", got, own)
	}
	if err := os.Symlink("/bin/sh", dir+"/vxwall"); err != nil {
		t.Fatal(err)
	}
	if got := ownCommand(); got != own {
		t.Errorf("with another vxwall in the PATH: %s, want %s", got, own)
	}
	if err := errors.Join(os.Remove(dir+"/vxwall"), os.Symlink(own, dir+"/vxwall")); err != nil {
		t.Fatal(err)
	}
	if got := ownCommand(); got != "vxwall" {
		t.Errorf("with itself in the PATH: %s, want vxwall", got)
	}
}
