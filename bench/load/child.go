package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// child is a process in a namespace. It ends with this one.
type child struct {
	cmd    *exec.Cmd
	output bytes.Buffer // only after ended
	ended  chan struct{}
	err    error
}

// stopAfter is how long a child may take to end in good order.
const stopAfter = 10 * time.Second

// startChild runs a program on the namespace's core with the priority of what receives
// for it. The environment is ours and what is added.
func startChild(n *Namespace, environment []string, name string, args ...string) (*child, error) {
	c := &child{cmd: exec.Command(name, args...), ended: make(chan struct{})}
	c.cmd.Env = append(os.Environ(), environment...)
	c.cmd.Stdout, c.cmd.Stderr = &c.output, &c.output
	// A session of its own is an autogroup of its own (sched(7)).
	c.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := n.Do(c.cmd.Start); err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	prefer(c.cmd.Process.Pid)
	go func() {
		c.err = c.cmd.Wait()
		close(c.ended)
	}()
	return c, nil
}

// prefer gives a process the highest priority among the sessions. A kernel
// without autogroups has nothing to write to, and nothing to prefer over.
func prefer(pid int) {
	_ = os.WriteFile(fmt.Sprintf("/proc/%d/autogroup", pid), []byte(strconv.Itoa(highest)), 0)
}

// Prefer gives this process's session the highest priority among the sessions, so that
// the generator is not held up. restore undoes it.
func Prefer() (restore func()) {
	own := fmt.Sprintf("/proc/%d/autogroup", os.Getpid())
	before, err := os.ReadFile(own) // "/autogroup-12 nice 0"
	if err != nil {
		return func() {}
	}
	prefer(os.Getpid())
	fields := strings.Fields(string(before))
	return func() { _ = os.WriteFile(own, []byte(fields[len(fields)-1]), 0) }
}

// died returns what a process said last if it has ended, else nil.
func (c *child) died() error {
	select {
	case <-c.ended:
		return fmt.Errorf("%s ended: %v: %s", c.cmd.Path, c.err, lastLines(c.output.String(), 5))
	default:
		return nil
	}
}

// await waits until ready says so; it fails if the process ends, ctx ends or the time
// is over.
func (c *child) await(ctx context.Context, limit time.Duration, ready func() bool) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !ready() {
		if err := c.died(); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("wait for %s: %w", c.cmd.Path, ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	return nil
}

// stop ends the process: in good order, or by force.
func (c *child) stop() error {
	_ = c.cmd.Process.Signal(unix.SIGTERM) // fails if it has ended
	select {
	case <-c.ended:
	case <-time.After(stopAfter):
		_ = c.cmd.Process.Kill()
		<-c.ended
		return fmt.Errorf("stop %s: it did not end within %v", c.cmd.Path, stopAfter)
	}
	var exit *exec.ExitError
	if c.err != nil && !errors.As(c.err, &exit) {
		return fmt.Errorf("stop %s: %w", c.cmd.Path, c.err)
	}
	return nil
}

func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], "\n")
}

// temporary makes a directory for the files of a system.
func temporary() (dir string, remove func() error, err error) {
	if dir, err = os.MkdirTemp("", "vxwall-bench-"); err != nil {
		return "", nil, fmt.Errorf("make directory: %w", err)
	}
	return dir, func() error { return os.RemoveAll(dir) }, nil
}
