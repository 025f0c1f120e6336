package appliance

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// errThreads: the Go runtime cannot reach threads that C code may have started.
var errThreads = errors.New("drop privileges: the program was built with cgo (build it with CGO_ENABLED=0)")

// dropPrivileges gives up every capability but those to keep, in all threads and
// for good: also in the bounding set, and no program that is executed gains
// any. What was opened before stays usable: AF_XDP sockets, BPF maps, the admin
// socket. Files are opened as the user that the process runs as.
func dropPrivileges(keep ...int) error {
	for capability := 0; capability <= unix.CAP_LAST_CAP; capability++ {
		// EINVAL: an older kernel knows fewer. EPERM: no CAP_SETPCAP, so that
		// the bounding set stays; without a file to gain from, that is harmless.
		errno := prctl(unix.PR_CAPBSET_DROP, uintptr(capability))
		if errno == syscall.ENOTSUP {
			return errThreads
		}
		if errno != 0 && errno != syscall.EINVAL && errno != syscall.EPERM {
			return fmt.Errorf("drop privileges: bounding set: %w", errno)
		}
	}
	if errno := prctl(unix.PR_SET_NO_NEW_PRIVS, 1); errno != 0 {
		return fmt.Errorf("drop privileges: no new privileges: %w", errno)
	}
	if errno := setCapabilities(maskOf(keep)); errno != 0 {
		return fmt.Errorf("drop privileges: set capabilities: %w", errno)
	}
	return nil
}

func prctl(option int, arg uintptr) syscall.Errno {
	_, _, errno := syscall.AllThreadsSyscall6(unix.SYS_PRCTL, uintptr(option), arg, 0, 0, 0, 0)
	return errno
}

// maskOf is a set of capabilities as bits.
func maskOf(capabilities []int) (mask uint64) {
	for _, c := range capabilities {
		mask |= 1 << c
	}
	return mask
}

// neededPrivileges are the capabilities that the daemon uses after its start. A
// kernel before 5.19 wants CAP_BPF for what a process does with maps that it has
// open, if unprivileged BPF is off (kernel commit c8644cd0efe7). A VTEP has the
// kernel keep its neighbours, and every verdict on a queued packet is a command to
// the kernel: both take CAP_NET_ADMIN.
func neededPrivileges(mode string) (list []int) {
	if kernelBefore(5, 19) {
		list = append(list, unix.CAP_BPF)
	}
	if mode == "vtep" || mode == nfqueueMode {
		list = append(list, unix.CAP_NET_ADMIN)
	}
	return list
}

func kernelBefore(major, minor int) bool {
	var name unix.Utsname
	if unix.Uname(&name) != nil {
		return true
	}
	var gotMajor, gotMinor int
	if _, err := fmt.Sscanf(unix.ByteSliceToString(name.Release[:]), "%d.%d", &gotMajor, &gotMinor); err != nil {
		return true
	}
	return gotMajor < major || gotMajor == major && gotMinor < minor
}

// unreadable returns the files that this process, as it is now, cannot read.
func unreadable(files []string) error {
	var bad []string
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			bad = append(bad, file)
			continue
		}
		f.Close()
	}
	if len(bad) == 0 {
		return nil
	}
	return fmt.Errorf("read %s again: only with privileges that were dropped (expected files of root, or readable by all)", strings.Join(bad, ", "))
}
