package appliance

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// helperVariable makes a test binary the subject of TestPrivileges.
const helperVariable = "VXWALL_TEST_PRIVILEGES"

// TestPrivileges drops privileges in a program of its own, without cgo, and
// looks at all its threads.
func TestPrivileges(t *testing.T) {
	if os.Getuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("wants root")
		}
		t.Skip("wants root")
	}
	program := filepath.Join(t.TempDir(), "appliance.test")
	build := exec.Command("go", "test", "-c", "-o", program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	helper := exec.Command(program, "-test.run", "^TestPrivilegesHelper$", "-test.v")
	helper.Env = append(os.Environ(), helperVariable+"=1")
	if out, err := helper.CombinedOutput(); err != nil || !strings.Contains(string(out), "--- PASS: TestPrivilegesHelper") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestPrivilegesHelper is what TestPrivileges runs.
func TestPrivilegesHelper(t *testing.T) {
	if os.Getenv(helperVariable) == "" {
		t.Skip("run by TestPrivileges")
	}
	done := make(chan struct{})
	for range 4 { // threads that exist before
		go func() { runtime.LockOSThread(); <-done }()
	}
	defer close(done)
	private := filepath.Join(t.TempDir(), "private.toml")
	writeFile(t, private, "")
	if err := os.Chown(private, 65534, 65534); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(private, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := unreadable([]string{private}); err != nil {
		t.Error("root cannot read:", err)
	}
	if err := dropPrivileges(unix.CAP_BPF); err != nil {
		t.Fatal(err)
	}
	checkThreads(t, 1<<unix.CAP_BPF)
	if err := dropPrivileges(); err != nil {
		t.Fatal(err)
	}
	checkThreads(t, 0)
	if fd, err := unix.Socket(unix.AF_INET, unix.SOCK_RAW, unix.IPPROTO_UDP); err == nil {
		unix.Close(fd)
		t.Error("may still open raw sockets")
	}
	if err := unreadable([]string{private, "privileges.go"}); err == nil || !strings.HasPrefix(err.Error(), "read "+private+" again: ") {
		t.Error("unreadable:", err)
	}
}

// checkThreads wants every thread to have exactly a set of capabilities.
func checkThreads(t *testing.T, mask uint64) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(tasks) < 4 {
		t.Fatalf("%d threads, %v", len(tasks), err)
	}
	set := fmt.Sprintf("%016x", mask)
	none := fmt.Sprintf("%016x", 0)
	for _, task := range tasks {
		status, err := os.ReadFile(task)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"CapPrm:\t" + set, "CapEff:\t" + set, "CapInh:\t" + none, "CapAmb:\t" + none, "CapBnd:\t" + none, "NoNewPrivs:\t1"} {
			if !strings.Contains(string(status), "\n"+want+"\n") {
				t.Errorf("%s: not %q", task, want)
			}
		}
	}
}
