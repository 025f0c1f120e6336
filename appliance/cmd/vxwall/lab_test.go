package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"testing"
	"time"

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
				_ = exec.Command("tmux", "-L", name, "kill-server").Run() // most have none
				if l, err := lab.Find(name); err == nil {
					if err := l.Down(); err != nil {
						t.Error(err)
					}
				}
			})
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"status": status, "shows": shows, "gone": gone},
	})
}

// screenTime is how long a terminal may take to show something, or to end.
const screenTime = 20 * time.Second

// shows waits until something stands on the terminal of a tmux server: `shows SERVER REGEXP`.
func shows(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: shows server regexp")
	}
	pattern, text := regexp.MustCompile(args[1]), []byte(nil)
	for end := time.Now().Add(screenTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		text, _ = exec.Command("tmux", "-u", "-L", args[0], "capture-pane", "-p").CombinedOutput()
		if pattern.Match(text) {
			return
		}
	}
	ts.Fatalf("no %s on\n%s", args[1], text)
}

// gone waits until a tmux server has ended, as it does with its last program.
func gone(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: gone server")
	}
	for end := time.Now().Add(screenTime); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if exec.Command("tmux", "-L", args[0], "list-sessions").Run() != nil {
			return
		}
	}
	ts.Fatalf("the program still runs")
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
