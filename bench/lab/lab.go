package lab

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// runDir has one directory for each lab.
const runDir = "/run/vxwall-lab"

// What Up and Find may fail for.
var (
	ErrNotRoot = errors.New("needs root: it makes network namespaces")
	ErrExists  = errors.New("there is such a lab already")
)

// Lab is a lab that stands. Its methods may be called from any goroutine.
type Lab struct {
	Options

	mu      sync.Mutex
	closers []func() error // what this process has running in the lab
}

// Up builds a lab. One that could not be built leaves nothing behind.
func Up(ctx context.Context, o Options) (*Lab, error) {
	o, err := o.complete()
	if err != nil {
		return nil, fmt.Errorf("build lab: %w", err)
	}
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("build lab %s: %w", o.Name, ErrNotRoot)
	}
	l := &Lab{Options: o}
	if err := l.claim(); err != nil {
		return nil, fmt.Errorf("build lab %s: %w", o.Name, err)
	}
	if err := l.build(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("build lab %s: %w", o.Name, err), l.Down())
	}
	return l, nil
}

func (l *Lab) build(ctx context.Context) error {
	for _, step := range []func() error{l.mountBPF, l.addNamespaces, l.addUnderlay, l.addVTEP, l.addOverlay} {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := step(); err != nil {
			return err
		}
	}
	return l.awaitPorts(ctx)
}

// Find returns the lab of a name that another process built, or this one before,
// whole or not. The error is fs.ErrNotExist if there is none.
func Find(name string) (*Lab, error) {
	if !goodName.MatchString(name) {
		return nil, fmt.Errorf("find lab: bad name %q", name)
	}
	l := &Lab{Options: Options{Name: name}}
	text, err := os.ReadFile(l.optionsFile())
	if err == nil {
		err = json.Unmarshal(text, &l.Options)
	}
	if _, dirErr := os.Stat(l.Dir()); dirErr == nil || l.remains() {
		return l, nil // without its options it can still be removed
	}
	return nil, fmt.Errorf("find lab %s: %w", name, err)
}

// Labs lists the names of all labs.
func Labs() ([]string, error) {
	entries, err := os.ReadDir(runDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("list labs: %w", err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names, nil
}

// Dir is the lab's directory: the appliance's files are there.
func (l *Lab) Dir() string { return filepath.Join(runDir, l.Name) }

func (l *Lab) optionsFile() string { return filepath.Join(l.Dir(), "lab.json") }

// bpfDir is the lab's own bpf file system: what is pinned there goes with it.
func (l *Lab) bpfDir() string { return filepath.Join(l.Dir(), "bpf") }

// claim makes the lab's directory: whoever could make it builds the lab.
func (l *Lab) claim() error {
	if l.remains() {
		return ErrExists
	}
	if err := os.MkdirAll(runDir, 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := os.Mkdir(l.Dir(), 0o755); errors.Is(err, fs.ErrExist) {
		return ErrExists
	} else if err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	text, err := json.Marshal(l.Options)
	if err == nil {
		err = os.WriteFile(l.optionsFile(), text, 0o644)
	}
	if err != nil {
		return fmt.Errorf("write options: %w", err)
	}
	return nil
}

// remains says whether a namespace of the lab exists.
func (l *Lab) remains() bool {
	for _, p := range Places {
		if _, err := os.Stat(l.netnsPath(p)); err == nil {
			return true
		}
	}
	return false
}

func (l *Lab) addNamespaces() error {
	for _, p := range l.places() {
		if err := addNamespace(l.netnsPath(p)); err != nil {
			return err
		}
	}
	return nil
}

func (l *Lab) mountBPF() error {
	if err := os.Mkdir(l.bpfDir(), 0o755); err != nil {
		return fmt.Errorf("make directory: %w", err)
	}
	if err := unix.Mount("bpf", l.bpfDir(), "bpf", 0, "mode=0700"); err != nil {
		return fmt.Errorf("mount bpf file system: %w", err)
	}
	return nil
}

// atDown has f called by Down, before the network goes.
func (l *Lab) atDown(f func() error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closers = append(l.closers, f)
}

// Down removes the lab with everything in it: what this process has running
// there, the processes in its namespaces, whoever started them, devices, namespaces,
// files. This process and those that it descends from stay, without a network if they
// are in the lab. It may be called again.
func (l *Lab) Down() error {
	l.mu.Lock()
	closers := l.closers
	l.closers = nil
	l.mu.Unlock()
	var errs []error
	for _, f := range slices.Backward(closers) {
		errs = append(errs, f())
	}
	errs = append(errs, l.endProcesses())
	for _, p := range Places {
		errs = append(errs, l.removeDevices(p), removeNamespace(l.netnsPath(p)))
	}
	if err := unix.Unmount(l.bpfDir(), unix.MNT_DETACH); err != nil && err != unix.ENOENT && err != unix.EINVAL {
		errs = append(errs, fmt.Errorf("unmount bpf file system: %w", err))
	}
	errs = append(errs, os.RemoveAll(l.Dir()))
	os.Remove(runDir) // fails unless this was the last lab
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("remove lab %s: %w", l.Name, err)
	}
	return nil
}

// removeDevices removes a place's devices now, instead of when the kernel gets to
// the namespace, or never if a program is still in it.
func (l *Lab) removeDevices(p Place) error {
	if _, err := os.Stat(l.netnsPath(p)); err != nil {
		return nil
	}
	err := l.In(p, func() error {
		links, err := netlink.LinkList()
		for _, link := range links {
			if kind := link.Type(); err == nil && (kind == "veth" || kind == "vxlan") {
				err = netlink.LinkDel(link)
			}
			if errors.Is(err, unix.ENODEV) { // it went with its VTEP's namespace
				err = nil
			}
		}
		return err
	})
	if errors.Is(err, unix.EINVAL) { // a name without a namespace: its maker crashed
		return nil
	}
	return err
}
