package lab

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	leaveTime = 3 * time.Second // a program that has not ended by then is killed: an interactive shell never does
	pollTime  = 20 * time.Millisecond
)

// Running returns the process id of the lab's appliance, whoever started it; 0 if
// it does not run.
func (l *Lab) Running() (pid int) {
	l.inside([]Place{Wall}, func(p *os.Process) {
		if l.isAppliance(p.Pid) {
			pid = p.Pid
		}
	})
	return pid
}

// isAppliance says whether a process is `vxwall run` with the lab's configuration.
func (l *Lab) isAppliance(pid int) bool {
	text, err := os.ReadFile(procFile(pid, "cmdline"))
	args := strings.Split(string(text), "\x00")
	return err == nil && len(args) > 2 && args[1] == "run" &&
		slices.ContainsFunc(args[2:], func(a string) bool { return strings.TrimPrefix(a, "--config=") == l.ConfigFile() })
}

// endProcesses ends what is still there, whoever started it: with SIGTERM, then, also what
// began meanwhile, with SIGKILL.
func (l *Lab) endProcesses() error {
	l.inside(Places, func(p *os.Process) {
		p.Signal(unix.SIGCONT) // ended already is fine, here and below
		p.Signal(unix.SIGTERM)
	})
	if len(l.await(leaveTime, func(*os.Process) {})) == 0 {
		return nil
	}
	if left := l.await(stopTime, func(p *os.Process) { p.Kill() }); len(left) > 0 {
		return fmt.Errorf("end what runs in the lab: processes %v do not end", left)
	}
	return nil
}

// await waits until no process is left, and calls visit for each that is, again
// and again. It returns those that are left after the time.
func (l *Lab) await(most time.Duration, visit func(*os.Process)) (left []int) {
	for deadline := time.Now().Add(most); ; time.Sleep(pollTime) {
		left = nil
		l.inside(Places, func(p *os.Process) {
			left = append(left, p.Pid)
			visit(p)
		})
		if len(left) == 0 || time.Now().After(deadline) {
			return left
		}
	}
}

// inside calls visit for each process whose network namespace is one of the
// places', but never for this process and those that it descends from. The process
// is valid until visit returns.
func (l *Lab) inside(places []Place, visit func(*os.Process)) {
	var spaces []fileID
	for _, p := range places {
		if id, ok := identify(l.netnsPath(p)); ok {
			spaces = append(spaces, id)
		}
	}
	numbers, _ := filepath.Glob("/proc/[0-9]*") // fails only for a bad pattern
	own := lineage()
	for _, path := range numbers {
		pid, err := strconv.Atoi(filepath.Base(path))
		if err != nil || slices.Contains(own, pid) {
			continue
		}
		process, err := os.FindProcess(pid) // from here on the number cannot mean another process (pidfd)
		if err != nil {
			continue
		}
		if id, ok := identify(procFile(pid, "ns/net")); ok && slices.Contains(spaces, id) {
			visit(process)
		}
		process.Release()
	}
}

// lineage lists this process and those that it descends from.
func lineage() (pids []int) {
	for pid := os.Getpid(); pid > 0; pid = parent(pid) {
		pids = append(pids, pid)
	}
	return pids
}

// parent is the process that a process descends from, 0 if none is known. In
// proc_pid_stat(5) it is the second field after the name, which ends with the last
// parenthesis.
func parent(pid int) (ppid int) {
	text, _ := os.ReadFile(procFile(pid, "stat")) // one that has ended has none
	var state string
	fmt.Sscan(string(text[bytes.LastIndexByte(text, ')')+1:]), &state, &ppid)
	return ppid
}

func procFile(pid int, name string) string { return filepath.Join("/proc", strconv.Itoa(pid), name) }

// fileID tells files apart, among them namespaces.
type fileID struct{ dev, inode uint64 }

// identify returns the identity of a file, which may not be there.
func identify(path string) (fileID, bool) {
	var st unix.Stat_t
	err := unix.Stat(path, &st)
	return fileID{st.Dev, st.Ino}, err == nil
}
