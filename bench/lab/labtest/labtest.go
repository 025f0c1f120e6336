// Package labtest gives tests a lab.
package labtest

import (
	"fmt"
	"os"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"vxwall/bench/lab"
)

var (
	made       atomic.Int32
	removeOnce sync.Once
	testName   = regexp.MustCompile(`^test-(\d+)-\d+$`)
)

// ForTest builds a lab that goes with the test. Without a name it gets one of its
// own. A test without root is skipped; in CI it fails.
func ForTest(t testing.TB, o lab.Options) *lab.Lab {
	t.Helper()
	NeedRoot(t)
	removeOnce.Do(func() { removeStale(t) })
	if o.Name == "" {
		o.Name = Name()
	}
	l, err := lab.Up(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Down(); err != nil {
			t.Error(err)
		}
	})
	return l
}

// Name is a name for a lab of this process that no other has. A later test
// process removes what is left of such labs.
func Name() string { return fmt.Sprintf("test-%d-%d", os.Getpid(), made.Add(1)) }

// NeedRoot skips a test that does not run as root; in CI it fails.
func NeedRoot(t testing.TB) {
	t.Helper()
	switch {
	case os.Geteuid() == 0:
	case os.Getenv("CI") != "":
		t.Fatal("the lab needs root, and CI has to run it")
	default:
		t.Skip("the lab needs root: it makes network namespaces")
	}
}

// removeStale removes the labs of test processes that have ended.
func removeStale(t testing.TB) {
	names, err := lab.Labs()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		m := testName.FindStringSubmatch(name)
		if m == nil {
			continue
		}
		pid, err := strconv.Atoi(m[1])
		if err != nil || syscall.Kill(pid, 0) != syscall.ESRCH {
			continue
		}
		l, err := lab.Find(name)
		if err != nil {
			continue // its own process removed it by now
		}
		if err := l.Down(); err != nil {
			t.Log(err)
		}
	}
}

// Start starts vxwall in the wall of a test's lab. It stops with the test, and
// if the test failed its log is shown.
func Start(t testing.TB, l *lab.Lab, s lab.Setup) *lab.Appliance {
	t.Helper()
	a, err := l.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Stop(); err != nil && !t.Failed() {
			t.Error(err)
		}
		if t.Failed() {
			t.Logf("log of vxwall:\n%s", l.LogTail())
		}
	})
	return a
}
