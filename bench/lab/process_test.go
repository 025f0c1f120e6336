package lab_test

import (
	"os"
	"os/exec"
	"slices"
	"syscall"
	"testing"
	"time"

	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// startIn starts a program in a place, which another than the lab may have done, and
// waits until it writes something. It says when the program has ended.
func startIn(t *testing.T, l *lab.Lab, p lab.Place, name string, args ...string) (*exec.Cmd, <-chan error) {
	t.Helper()
	cmd := exec.Command(name, args...)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = l.In(p, cmd.Start)
	}
	if err != nil {
		t.Fatal(err)
	}
	out.Read(make([]byte, 1)) // it is ready, or has ended
	exited := make(chan error, 1)
	go func() {
		exited <- cmd.Wait()
	}()
	return cmd, exited
}

// TestDownEndsWhatRunsThere: also what does not want to end, but not this process,
// which is below, and nothing outside.
func TestDownEndsWhatRunsThere(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	_, calm := startIn(t, l, lab.Left100, "sh", "-c", "echo; exec sleep 60")
	_, stubborn := startIn(t, l, lab.Wall, "sh", "-c", "trap '' TERM; echo; while :; do sleep 1; done")
	outside := exec.Command("sleep", "60")
	if err := outside.Start(); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	if err := l.Down(); err != nil {
		t.Error(err)
	}
	t.Log("down after", time.Since(begin))
	for name, exited := range map[string]<-chan error{"calm": calm, "stubborn": stubborn} {
		select {
		case <-exited:
		case <-time.After(10 * time.Second):
			t.Errorf("the %s program still runs", name)
		}
	}
	if err := outside.Process.Kill(); err != nil {
		t.Errorf("the program outside has ended: %v", err)
	}
	outside.Wait()
}

// TestDownFromInside: whoever removes the lab in one of its namespaces lives on, and so
// does the shell in which it was typed.
func TestDownFromInside(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	own, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	out, err := l.Command(t.Context(), lab.Left, "sh", "-c", `"$0" down "$1"; echo "shell: $?"`, own, l.Name).CombinedOutput()
	if err != nil || string(out) != "shell: 0\n" {
		t.Errorf("%v: %s", err, out)
	}
	if names, err := lab.Labs(); err != nil || slices.Contains(names, l.Name) {
		t.Errorf("labs are %v, %v", names, err)
	}
}

// TestRunningFindsOneStartedByHand in place of one that was killed.
func TestRunningFindsOneStartedByHand(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	s := setup(t, "good")
	if err := labtest.Start(t, l, s).Kill(syscall.SIGKILL); err != nil {
		t.Error(err)
	}
	byHand, exited := startIn(t, l, lab.Wall, s.Binary, "run", "--config", l.ConfigFile())
	if pid := l.Running(); pid != byHand.Process.Pid {
		t.Errorf("process %d runs, want %d", pid, byHand.Process.Pid)
	}
	if err := l.Down(); err != nil {
		t.Error(err)
	}
	<-exited
	if pid := l.Running(); pid != 0 {
		t.Errorf("process %d is left", pid)
	}
}
