package pagetest

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Host is a host of a Network.
type Host struct {
	Name string

	t        testing.TB
	holder   *exec.Cmd // unshare(1): in the host's network and mounts
	first    int       // process 1 of the host, as this machine counts
	programs string
}

// runTime is the most that a block's commands may take.
const runTime = time.Minute

// setup gives a host what is its own of the file system.
const setup = `
mount -t sysfs sysfs /sys
mount -t bpf bpf /sys/fs/bpf
for dir in /etc/openvswitch /etc/vxwall /var/lib/openvswitch /run /var/log; do mkdir -p $dir; mount -t tmpfs tmpfs $dir; done
mkdir -p /run/netns /run/lock /var/log/vxwall
if [ -d /etc/frr ]; then
	cp -a /etc/frr /run/frr.etc
	mount --bind /run/frr.etc /etc/frr
	install -d -o frr -g frr /run/frr /var/log/frr
fi
ip link set lo up
`

func newHost(t testing.TB, name, programs string) *Host {
	t.Helper()
	h := &Host{Name: name, t: t, programs: programs}
	h.holder = exec.Command("unshare", "--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child=SIGKILL",
		"--propagation", "private", "sleep", "infinity")
	h.holder.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := h.holder.Start(); err != nil {
		t.Fatalf("make host %s: %v", name, err)
	}
	t.Cleanup(func() {
		h.holder.Process.Kill() // its child, process 1 of the host, goes with it, and with that all others
		h.holder.Wait()
	})
	for end := time.Now().Add(5 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		if h.first = child(h.outer()); h.first != 0 && h.isSleep() {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("make host %s: nothing runs in it", name)
		}
	}
	h.MustRun(setup)
	return h
}

func (h *Host) outer() int { return h.holder.Process.Pid }

// isSleep says whether process 1 has begun its program: its namespaces are whole then.
func (h *Host) isSleep() bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", h.first))
	return err == nil && strings.HasPrefix(string(text), "sleep")
}

// child is the process id of a process's only child, 0 if it has none.
func child(pid int) int {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0
	}
	n, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		return 0
	}
	return n
}

// Command is a program that runs on the host.
func (h *Host) Command(ctx context.Context, name string, args ...string) *exec.Cmd {
	pid := strconv.Itoa(h.first)
	c := exec.CommandContext(ctx, "nsenter", append([]string{"--target=" + pid, "--net", "--mount", "--pid", "--", name}, args...)...)
	c.Env = append(os.Environ(), "PATH="+h.programs+":/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin")
	return c
}

// Run gives commands to a shell on the host, which stops at the first that fails, and
// returns what they print. What they leave running in the background goes on; its
// output has to go elsewhere.
func (h *Host) Run(commands string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), runTime)
	defer cancel()
	c := h.Command(ctx, "sh", "-e", "-c", commands)
	var out bytes.Buffer
	c.Stdout, c.Stderr = &out, &out
	c.WaitDelay = time.Second
	if err := c.Run(); err != nil {
		return out.String(), fmt.Errorf("%w: %s\n%s", err, strings.TrimSpace(commands), out.String())
	}
	return out.String(), nil
}

// MustRun is Run for what has to succeed.
func (h *Host) MustRun(commands string) string {
	h.t.Helper()
	out, err := h.Run(commands)
	if err != nil {
		h.t.Fatalf("on %s: %v", h.Name, err)
	}
	return out
}

// Write writes a file of the host.
func (h *Host) Write(file, text string) error {
	ctx, cancel := context.WithTimeout(context.Background(), runTime)
	defer cancel()
	c := h.Command(ctx, "sh", "-e", "-c", `mkdir -p "$1"; cat >"$2"`, "sh", path.Dir(file), file)
	c.Stdin = strings.NewReader(text)
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("write %s: %w: %s", file, err, out)
	}
	return nil
}

// Eventually runs commands until they succeed, and returns how long that took.
func (h *Host) Eventually(commands string, most time.Duration) time.Duration {
	h.t.Helper()
	begin := time.Now()
	for {
		_, err := h.Run(commands)
		took := time.Since(begin)
		if err == nil {
			return took
		}
		if took > most {
			h.t.Fatalf("on %s, not within %v: %v", h.Name, most, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func (h *Host) ready(port string) {
	h.t.Helper()
	h.MustRun("ethtool -K " + port + " tx off gso off tso off >/dev/null; ip link set " + port + " up; ethtool -K " + port + " gro on >/dev/null")
}
