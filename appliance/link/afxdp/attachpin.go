package afxdp

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cilium/ebpf/link"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// pin is the directory on a bpf file system where a port's link and counters
// outlive the process, "" for none:
//
//	PIN/eth1-4026531840/link
//	PIN/eth1-4026531840/counters-5d41402a
//
// It is named after the port and the inode of its network namespace, since two
// namespaces may have interfaces of the same name. A name alone proves nothing:
// interfaces are renamed, deleted and made again. A link is that of a port iff
// its program is the one on the port.
type pin string

// bpfFS is the type of a bpf file system (BPF_FS_MAGIC, linux/magic.h).
const bpfFS = 0xcafe4a11

// pinOf names the directory of a port of the caller's network namespace.
func pinOf(root, port string) (pin, error) {
	if root == "" {
		return "", nil
	}
	var netns unix.Stat_t
	if err := unix.Stat("/proc/thread-self/ns/net", &netns); err != nil {
		return "", fmt.Errorf("find network namespace: %w", err)
	}
	name := strings.ReplaceAll(port, ".", ":") // no dots in a bpf file system, no colons in interfaces
	return pin(filepath.Join(root, fmt.Sprintf("%s-%d", name, netns.Ino))), nil
}

// make makes the directory if it is missing.
func (n pin) make() error {
	if n == "" {
		return nil
	}
	if err := onBPF(filepath.Dir(string(n))); err != nil {
		return err
	}
	if err := os.MkdirAll(string(n), 0o700); err != nil {
		return fmt.Errorf("make pin directory: %w", err)
	}
	return nil
}

// onBPF checks that a directory is on a bpf file system, or would be.
func onBPF(dir string) error {
	var st unix.Statfs_t
	at := dir
	err := unix.Statfs(at, &st)
	for errors.Is(err, unix.ENOENT) && at != filepath.Dir(at) {
		at = filepath.Dir(at)
		err = unix.Statfs(at, &st)
	}
	if err != nil {
		return fmt.Errorf("look at pin directory %s: %w", dir, err)
	}
	if uint32(st.Type) != bpfFS {
		return &ConfigError{What: "pin directory " + dir, Why: "not on a bpf file system", Fix: mountAdvice()}
	}
	return nil
}

// mountAdvice says how to come to a bpf file system that outlives the process:
// one mounted in a mount namespace of its own does not.
func mountAdvice() string {
	own, err := os.Readlink("/proc/self/ns/mnt")
	first, err1 := os.Readlink("/proc/1/ns/mnt")
	if err == nil && err1 == nil && own != first {
		return "this process has mounts of its own (ip netns exec makes a new /sys): enter the network namespace with nsenter --net=/run/netns/NAME, or set pin to a bpf file system outside /sys"
	}
	return "run: mount -t bpf bpf /sys/fs/bpf"
}

func (n pin) link() string { return filepath.Join(string(n), "link") }

// keep pins a new link in place of a dead one.
func (n pin) keep(l link.Link) error {
	if n == "" {
		return nil
	}
	if err := os.Remove(n.link()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove dead link: %w", err)
	}
	if err := l.Pin(n.link()); err != nil {
		return fmt.Errorf("pin link: %w", err)
	}
	return nil
}

// adopt moves a link here from where an interface of another name left it.
func (n pin) adopt(l link.Link, old pin) error {
	if n == old {
		return nil
	}
	return errors.Join(n.keep(l), old.remove())
}

// remove removes the directory. Its link ends, unless a process holds it.
func (n pin) remove() error {
	if err := os.RemoveAll(string(n)); err != nil {
		return fmt.Errorf("remove pin: %w", err)
	}
	return nil
}

// owner finds the pinned link of an XDP program, nil if there is none. What
// interfaces that are gone left behind goes: it holds programs and maps.
func owner(root string, program uint32) (found pin, l link.Link, err error) {
	dirs, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", nil, fmt.Errorf("read pin directory: %w", err)
	}
	for _, dir := range dirs {
		n := pin(filepath.Join(root, dir.Name()))
		candidate, err := link.LoadPinnedLink(n.link(), nil)
		if err != nil { // not one of ours
			continue
		}
		info, err := candidate.Info()
		switch {
		case err != nil || info.XDP() == nil:
		case info.XDP().Ifindex == 0:
			err = n.remove()
		case uint32(info.Program) == program:
			found, l = n, candidate
			continue
		}
		if err = errors.Join(err, candidate.Close()); err != nil {
			return "", nil, err
		}
	}
	return found, l, nil
}

// Detach ends the wire that a process left between ports of the caller's
// network namespace: it takes the XDP programs pinned below a directory off
// them, and forgets what they counted. Ports without any XDP program are left alone.
func Detach(root string, ports ...string) error {
	var errs []error
	for _, port := range ports {
		errs = append(errs, detach(root, port))
	}
	return errors.Join(errs...)
}

func detach(root, port string) error {
	n, err := pinOf(root, port)
	if err != nil {
		return err
	}
	if n == "" {
		return notOurs(root, port)
	}
	l, err := link.LoadPinnedLink(n.link(), nil)
	if errors.Is(err, fs.ErrNotExist) {
		return notOurs(root, port)
	}
	if err != nil {
		return fmt.Errorf("detach %s: %w", port, err)
	}
	if err := l.Detach(); err != nil && !errors.Is(err, unix.ENOLINK) {
		return errors.Join(fmt.Errorf("detach %s: %w", port, err), l.Close())
	}
	return errors.Join(l.Close(), n.remove())
}

// notOurs returns an error if there is something to detach after all: what is pinned
// elsewhere, or belongs to somebody else.
func notOurs(root, port string) error {
	dev, err := netlink.LinkByName(port)
	if err != nil {
		return fmt.Errorf("detach %s: no such interface in this network namespace", port)
	}
	if xdp := dev.Attrs().Xdp; xdp != nil && xdp.Attached {
		return fmt.Errorf("detach %s: XDP program %d is on it, not pinned below %q: name the right directory with --pin or --config, or run: %s",
			port, xdp.ProgId, root, removal(port, xdp.ProgId))
	}
	return nil
}
