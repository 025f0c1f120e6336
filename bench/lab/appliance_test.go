package lab_test

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// standIn is this test binary in vxwall's place: it does what its policy's first
// word says. These tests are of how the lab runs a program; bench/live has
// those with vxwall itself.
func standIn(config string) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	policy, err := os.ReadFile(strings.Replace(config, "vxwall.toml", "rules/policy.toml", 1))
	fmt.Fprintln(os.Stderr, "stand-in:", string(policy), err)
	if string(policy) == "crash" {
		os.Exit(3)
	}
	if string(policy) != "hang" {
		conn, err := net.Dial("unixgram", os.Getenv("NOTIFY_SOCKET"))
		if err == nil {
			fmt.Fprint(conn, "STATUS=fine\nREADY=1")
		}
		fmt.Println("ready")
	}
	<-stop
	if string(policy) == "stubborn" {
		select {}
	}
}

func setup(t *testing.T, policy string) lab.Setup {
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return lab.Setup{Binary: binary, Policy: policy}
}

func TestAppliance(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	s := setup(t, "good")
	s.Config = map[string]any{"datapath.offload": false, "vni": []map[string]any{{"id": []int{100}, "on_death": "drop"}}}
	a := labtest.Start(t, l, s)
	var here, there string
	err := l.In(lab.Wall, func() (err error) {
		here, err = os.Readlink("/proc/thread-self/ns/net")
		return err
	})
	there, linkErr := os.Readlink(fmt.Sprintf("/proc/%d/ns/net", a.PID()))
	if err != nil || linkErr != nil || here != there || l.Running() != a.PID() {
		t.Errorf("runs as %d, %d in %s, wall is %s: %v, %v", l.Running(), a.PID(), there, here, err, linkErr)
	}
	if !strings.Contains(l.Log(), "stand-in: good") {
		t.Errorf("log: %s", l.Log())
	}
	first := a.PID()
	if err := a.Restart(t.Context()); err != nil || a.PID() == first {
		t.Errorf("restarted as %d: %v", a.PID(), err)
	}
	if err := a.Kill(syscall.SIGKILL); err != nil || l.Running() != 0 {
		t.Errorf("killed, %d runs: %v", l.Running(), err)
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop of one that was killed: %v", err)
	}
	if err := a.Restart(t.Context()); err != nil || l.Running() == 0 {
		t.Errorf("restarted: %v", err)
	}
	if err := a.Kill(syscall.SIGSTOP); err != nil {
		t.Error(err)
	}
	if err := a.Stop(); err != nil {
		t.Errorf("stop of one that was suspended: %v", err)
	}
}

func TestApplianceThatDoesNotStart(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	if _, err := l.Start(t.Context(), setup(t, "crash")); err == nil || !strings.Contains(err.Error(), "exited before it was ready") ||
		!strings.Contains(err.Error(), "stand-in: crash") {
		t.Errorf("crash: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := l.Start(ctx, setup(t, "hang")); err == nil || !strings.Contains(err.Error(), "did not get ready") {
		t.Errorf("hang: %v", err)
	}
	s := setup(t, "")
	s.Binary = "/does/not/exist"
	if _, err := l.Start(t.Context(), s); err == nil {
		t.Error("started what does not exist")
	}
	if pid := l.Running(); pid != 0 {
		t.Errorf("process %d is left", pid)
	}
}

// TestDownEndsADaemon: one that another process started, too.
func TestDownEndsADaemon(t *testing.T) {
	l := labtest.ForTest(t, lab.Options{})
	s := setup(t, "good")
	s.Daemon = true
	a, err := l.Start(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	found, err := lab.Find(l.Name)
	if err != nil || found.Running() != a.PID() {
		t.Fatalf("found %d, want %d: %v", found.Running(), a.PID(), err)
	}
	if err := found.Down(); err != nil {
		t.Error(err)
	}
	select {
	case <-a.Exited():
	case <-time.After(10 * time.Second):
		t.Error("the daemon still runs")
	}
}
