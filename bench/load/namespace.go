package load

import (
	"fmt"
	"runtime"

	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// Namespace is a network namespace without a name, with a thread in it. It is
// gone, with its interfaces, when it is closed or the process ends in any way.
//
// The thread has its own mounts: /sys shows the namespace's interfaces, and
// /sys/fs/bpf is an empty file system that goes with the thread. Processes that
// are started in it inherit both.
type Namespace struct {
	Name  string // for error texts
	todo  chan func()
	ended chan struct{}
}

// NewNamespace makes a namespace whose thread runs on one core, or on any if
// core is negative.
func NewNamespace(name string, core int) (*Namespace, error) {
	n := &Namespace{Name: name, todo: make(chan func()), ended: make(chan struct{})}
	ready := make(chan error)
	go n.work(core, ready)
	if err := <-ready; err != nil {
		return nil, fmt.Errorf("make namespace %s: %w", name, err)
	}
	return n, nil
}

// work runs what Do asks for. Its thread is never unlocked, so that Go ends it
// instead of giving it to another goroutine.
func (n *Namespace) work(core int, ready chan<- error) {
	defer close(n.ended)
	runtime.LockOSThread()
	err := enter(core)
	ready <- err
	if err != nil {
		return
	}
	for f := range n.todo {
		f()
	}
}

// enter puts the thread into a new namespace with mounts of its own.
func enter(core int) error {
	if err := unix.Unshare(unix.CLONE_NEWNS); err != nil {
		return fmt.Errorf("unshare mounts: %w", err)
	}
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("make mounts private: %w", err)
	}
	ns, err := netns.New()
	if err != nil {
		return fmt.Errorf("unshare network: %w", err)
	}
	ns.Close()
	if err := unix.Mount("sysfs", "/sys", "sysfs", 0, ""); err != nil {
		return fmt.Errorf("mount /sys: %w", err)
	}
	if err := unix.Mount("bpf", "/sys/fs/bpf", "bpf", 0, ""); err != nil {
		return fmt.Errorf("mount /sys/fs/bpf: %w", err)
	}
	return pinTask(0, core)
}

// Do runs a function on the namespace's thread and returns its error. One
// function runs at a time.
func (n *Namespace) Do(f func() error) error {
	result := make(chan error, 1)
	n.todo <- func() { result <- f() }
	return <-result
}

// Close ends the thread, and with it the namespace.
func (n *Namespace) Close() {
	close(n.todo)
	<-n.ended
}

// pinTask binds a thread to a core: 0 is the calling one. A negative core binds
// nothing.
func pinTask(id, core int) error {
	if core < 0 {
		return nil
	}
	var set unix.CPUSet
	set.Set(core)
	if err := unix.SchedSetaffinity(id, &set); err != nil {
		return fmt.Errorf("bind thread %d to core %d: %w", id, core, err)
	}
	return nil
}
