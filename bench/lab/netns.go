package lab

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"

	"golang.org/x/sys/unix"
)

// netnsDir is where ip-netns(8) finds namespaces by name.
const netnsDir = "/run/netns"

// Namespace is the full name of a place's namespace.
func (l *Lab) Namespace(p Place) string { return l.Name + "-" + string(p) }

func (l *Lab) netnsPath(p Place) string { return filepath.Join(netnsDir, l.Namespace(p)) }

// In calls f in a place's namespace: the sockets it opens, the interfaces it
// names, the processes it starts are there, also after it returned. Goroutines
// that f starts are not. It must not end its goroutine, as t.FailNow does.
func (l *Lab) In(p Place, f func() error) error {
	return onThread(func() error {
		ns, err := os.Open(l.netnsPath(p))
		if err != nil {
			return fmt.Errorf("enter namespace: %w", err)
		}
		defer ns.Close()
		if err := unix.Setns(int(ns.Fd()), unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("enter namespace %s: %w", l.Namespace(p), err)
		}
		return f()
	})
}

// onThread calls f on a thread of its own. The thread is never unlocked, so it
// ends with its goroutine, and no other goroutine ever runs in f's namespace.
func onThread(f func() error) error {
	done := make(chan error, 1)
	go func() {
		err := errors.New("run in namespace: the function ended its goroutine")
		defer func() { done <- err }()
		runtime.LockOSThread()
		err = f()
	}()
	return <-done
}

// Command is exec.CommandContext for a program in a place's namespace. Its
// process id is the program's own.
func (l *Lab) Command(ctx context.Context, p Place, name string, args ...string) *exec.Cmd {
	return exec.CommandContext(ctx, "nsenter", append([]string{"--net=" + l.netnsPath(p), "--", name}, args...)...)
}

// addNamespace makes a namespace with a name.
func addNamespace(path string) error {
	if err := os.MkdirAll(netnsDir, 0o755); err != nil {
		return fmt.Errorf("make namespace: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return fmt.Errorf("make namespace: %w", err)
	}
	file.Close()
	return onThread(func() error {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make namespace %s: %w", filepath.Base(path), err)
		}
		if err := unix.Mount("/proc/thread-self/ns/net", path, "", unix.MS_BIND, ""); err != nil {
			return fmt.Errorf("mount namespace %s: %w", filepath.Base(path), err)
		}
		return readyNamespace()
	})
}

// removeNamespace removes a namespace's name; one that does not exist is fine.
func removeNamespace(path string) error {
	err := unix.Unmount(path, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW)
	if err != nil && err != unix.EINVAL && err != unix.ENOENT { // not a mount point, not there
		return fmt.Errorf("unmount namespace %s: %w", filepath.Base(path), err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove namespace: %w", err)
	}
	return nil
}
