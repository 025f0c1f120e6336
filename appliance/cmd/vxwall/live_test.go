package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
	"unicode/utf8"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp/vethtest"
	pt "vxwall/pipeline/pipelinetest"
)

const liveRules = `
[[segment]]
name = "web"
prefix = ["10.1.0.0/16"]
[[acl]]
name = "ask"
from = ["web"]
to = ["any"]
service = ["udp/53"]
action = "allow"
`

// live is the program between two ports.
type live struct {
	t       *testing.T
	dir     string
	program string
	process *exec.Cmd
	stderr  bytes.Buffer
	log     *os.File // where its log is read from
}

// startLive builds the program as it is shipped, without cgo, and runs it between
// the ports of a wire until it says that it is ready.
func startLive(t *testing.T, wire *vethtest.Wire) *live {
	t.Helper()
	l := &live{t: t, dir: t.TempDir()}
	l.program = filepath.Join(l.dir, "vxwall")
	build := exec.Command("go", "build", "-o", l.program, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	l.write("rules.toml", liveRules)
	l.write("vxwall.toml", fmt.Sprintf(`
[datapath]
ports = [%q, %q]
pin = ""
[rules]
paths = [%q]
[events]
eve = %q
[admin]
socket = %q
[metrics]
listen = ""
`, wire.Ports[0], wire.Ports[1], l.path("rules.toml"), l.path("eve.json"), l.path("vxwall.sock")))
	manager, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: l.path("notify")})
	if err != nil {
		t.Fatal(err)
	}
	defer manager.Close()
	l.process = exec.Command(l.program, "run", "--config", l.path("vxwall.toml"))
	l.process.Env = append(os.Environ(), "NOTIFY_SOCKET="+l.path("notify"))
	stderr := l.readLog()
	l.process.Stderr = stderr
	if err := errors.Join(l.process.Start(), stderr.Close()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if l.process.ProcessState == nil {
			_ = l.process.Process.Kill()
			_ = l.process.Wait()
		}
	})
	message := make([]byte, 4096)
	_ = manager.SetReadDeadline(time.Now().Add(30 * time.Second))
	n, err := manager.Read(message)
	if err != nil || string(message[:n]) != "READY=1" {
		_ = l.process.Process.Kill()
		_ = l.process.Wait()
		t.Fatalf("%q %v\n%s", message[:n], err, &l.stderr)
	}
	return l
}

// readLog returns a file to log to, and reads it until log is closed.
func (l *live) readLog() *os.File {
	l.t.Helper()
	read, write, err := os.Pipe()
	if err != nil {
		l.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = io.Copy(&l.stderr, read)
	}()
	l.log = read
	l.t.Cleanup(func() { read.Close(); <-done })
	return write
}

func (l *live) path(name string) string { return filepath.Join(l.dir, name) }

func (l *live) write(name, text string) {
	l.t.Helper()
	if err := os.WriteFile(l.path(name), []byte(text), 0o644); err != nil {
		l.t.Fatal(err)
	}
}

// ask runs a command on the running program and returns its standard output.
func (l *live) ask(args ...string) []byte {
	l.t.Helper()
	cmd := exec.Command(l.program, append(args, "--config", l.path("vxwall.toml"))...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		l.t.Fatalf("%v: %v\n%s%s", args, err, out, &stderr)
	}
	return out
}

func (l *live) status() (s admin.Status) {
	l.t.Helper()
	if err := json.Unmarshal(l.ask("status", "--json"), &s); err != nil {
		l.t.Fatal(err)
	}
	return s
}

// TestLive runs the program on real ports: it has no privileges when it answers,
// and can do all that it has to without them.
func TestLive(t *testing.T) {
	wire := vethtest.New(t, vethtest.Config{})
	wire.Ends[1].EnableNAPI(t) // a veth takes no redirected frame without
	l := startLive(t, wire)
	checkPrivileges(t, l.process.Process.Pid)

	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, pt.UDP{Src: 4000, Dst: 53}, pt.Payload("question"))
	sent := 0
	for deadline := time.Now().Add(20 * time.Second); l.status().Kernel.Forwarded.Packets == 0; sent++ {
		wire.Ends[0].Send(frame)
		got := wire.Ends[1].Received(1, 10*time.Second)
		if len(got) != 1 || !bytes.Equal(got[0], frame) || time.Now().After(deadline) {
			t.Fatalf("frame %d: %d frames came out, or not as they went in\n%s", sent, len(got), &l.stderr)
		}
	}
	s := l.status()
	if n := s.Packets.Received.Packets + s.Kernel.Forwarded.Packets; n != uint64(sent) || s.Kernel.Offloaded == 0 {
		t.Errorf("%d frames counted of %d: %+v %+v", n, sent, s.Packets, s.Kernel)
	}
	var flows admin.Flows
	if err := json.Unmarshal(l.ask("flows", "--json"), &flows); err != nil || len(flows.Flows) != 1 || flows.Flows[0].Forth.Packets != uint64(sent) || flows.Flows[0].Rule != "ask" {
		t.Errorf("%+v %v", flows, err)
	}

	l.write("rules.toml", strings.Replace(liveRules, "udp/53", "udp/54", 1))
	if out := l.ask("reload"); !regexp.MustCompile(`^reloaded in \S+: policy 1-\w+ -> 2-\w+, 1 segment, 1 rule\n$`).Match(out) {
		t.Errorf("%s", out)
	}
	wire.Ends[0].Send(frame)
	for deadline := time.Now().Add(10 * time.Second); l.status().Packets.Dropped.Packets == 0 && time.Now().Before(deadline); {
		time.Sleep(10 * time.Millisecond)
	}
	if out := string(l.ask("drops")); !strings.Contains(out, "vni 100 udp 10.1.0.5:4000 -> 10.2.0.9:53\n  segment-denied (segment): a rule") {
		t.Errorf("%s", out)
	}
	for _, command := range []string{"status", "flows", "drops"} {
		for line := range strings.Lines(string(l.ask(command))) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > lineWidth {
				t.Errorf("%s: a line of %d columns: %s", command, n, line)
			}
		}
	}
	l.log.Close()
	l.ask("reload") // and logs, to nobody
	if err := l.process.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := l.process.Wait(); err != nil {
		t.Errorf("%v\n%s", err, &l.stderr)
	}
	events, err := os.ReadFile(l.path("eve.json"))
	if want := fmt.Sprintf(`"pkts_toserver":%d,`, sent+1); err != nil || !bytes.Contains(events, []byte(want)) {
		t.Errorf("no %s in the flow's end: %v\n%s", want, err, events)
	}
}

// checkPrivileges wants no thread of a process to have any capability.
func checkPrivileges(t *testing.T, pid int) {
	t.Helper()
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil || len(threads) == 0 {
		t.Fatal(err)
	}
	for _, thread := range threads {
		status, err := os.ReadFile(thread)
		if err != nil {
			continue // it has ended
		}
		for _, set := range []string{"CapPrm", "CapEff", "CapBnd", "CapInh", "CapAmb"} {
			if !regexp.MustCompile(`(?m)^` + set + `:\s0+$`).Match(status) {
				t.Errorf("%s: %s is not empty\n%s", thread, set, status)
			}
		}
	}
}
