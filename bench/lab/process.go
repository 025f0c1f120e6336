package lab

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"golang.org/x/sys/unix"
)

// Running returns the process id of the lab's appliance, whoever started it; 0 if
// it does not run.
func (l *Lab) Running() int {
	process, err := l.process()
	if err != nil || process == nil {
		return 0
	}
	defer process.Release()
	return process.Pid
}

// process finds the appliance's process, nil if it has ended. One that merely has
// the number of the appliance is not in the wall's namespace.
func (l *Lab) process() (*os.Process, error) {
	text, err := os.ReadFile(l.file(pidFile))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find appliance: %w", err)
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		return nil, nil // its writer crashed
	}
	process, err := os.FindProcess(pid) // from here on the number cannot mean another process (pidfd)
	if err != nil {
		return nil, fmt.Errorf("find appliance: %w", err)
	}
	var own, wall unix.Stat_t
	err = errors.Join(
		unix.Stat(filepath.Join("/proc", strconv.Itoa(pid), "ns/net"), &own),
		unix.Stat(l.netnsPath(Wall), &wall))
	if err != nil || own.Ino != wall.Ino || own.Dev != wall.Dev {
		process.Release()
		return nil, nil
	}
	return process, nil
}

// endAppliance ends an appliance that is still there: another process started it, or
// this one as a daemon.
func (l *Lab) endAppliance() error {
	process, err := l.process()
	if process == nil {
		return err
	}
	defer process.Release()
	process.Signal(unix.SIGCONT) // ended already is fine, here and below
	process.Signal(unix.SIGTERM)
	for range stopTime / pollTime {
		if l.Running() == 0 {
			return nil
		}
		time.Sleep(pollTime)
	}
	process.Signal(unix.SIGKILL)
	for range stopTime / pollTime {
		if l.Running() == 0 {
			return nil
		}
		time.Sleep(pollTime)
	}
	return fmt.Errorf("end appliance: process %d does not end", process.Pid)
}

const pollTime = 20 * time.Millisecond
