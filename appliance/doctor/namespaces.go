package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// namespace is a network namespace and how a command line gets there.
type namespace struct {
	path  string // such as /run/netns/left; "" for the caller's own
	enter string // in front of a command, such as "nsenter --net=/run/netns/left "
}

// findNamespace finds the namespace that the caller's own knows by an identifier
// (ip-netns(8), nsid), and reports whether it did.
func findNamespace(id int) (namespace, bool) {
	named, _ := filepath.Glob("/run/netns/*")
	for _, path := range named {
		if hasID(path, id) {
			return namespace{path, "nsenter --net=" + quote(path) + " "}, true
		}
	}
	processes, _ := filepath.Glob("/proc/[0-9]*/ns/net")
	seen := map[string]bool{}
	for _, path := range processes {
		target, err := os.Readlink(path)
		if err != nil || seen[target] {
			continue
		}
		seen[target] = true
		if hasID(path, id) {
			pid := strings.Split(path, "/")[2]
			return namespace{path, "nsenter --target " + pid + " --net "}, true
		}
	}
	return namespace{}, false
}

func hasID(path string, id int) bool {
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	got, err := netlink.GetNetNsIdByFd(int(f.Fd()))
	return err == nil && got == id
}

// do calls f in the namespace, on a thread that ends with it.
func (n namespace) do(f func() error) error {
	if n.path == "" {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		err := errors.New("look into namespace: it was left early")
		defer func() { done <- err }()
		runtime.LockOSThread() // never unlocked: no other goroutine gets into the namespace
		err = n.on(f)
	}()
	return <-done
}

func (n namespace) on(f func() error) error {
	file, err := os.Open(n.path)
	if err != nil {
		return fmt.Errorf("look into namespace: %w", err)
	}
	defer file.Close()
	if err := unix.Setns(int(file.Fd()), unix.CLONE_NEWNET); err != nil {
		return fmt.Errorf("look into namespace %s: %w", n.path, err)
	}
	return f()
}
