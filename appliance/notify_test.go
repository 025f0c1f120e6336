package appliance

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// listenNotify is a service manager: it returns the messages that come.
func listenNotify(t *testing.T, path string) <-chan string {
	t.Helper()
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Net: "unixgram", Name: path})
	if err != nil {
		t.Fatal(err)
	}
	messages := make(chan string, 1000)
	done := make(chan struct{})
	go func() {
		defer close(done)
		b := make([]byte, 4096)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			messages <- string(b[:n])
		}
	}()
	t.Cleanup(func() { conn.Close(); <-done })
	return messages
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

func TestNotify(t *testing.T) {
	for _, path := range []string{filepath.Join(t.TempDir(), "notify"), fmt.Sprintf("@vxwall-notify-%d", os.Getpid())} {
		messages := listenNotify(t, path)
		n, err := newNotifier(environment(map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "4000000"}))
		if err != nil {
			t.Fatal(err)
		}
		n.ready()
		n.tellStatus("one")
		n.tellStatus("one")
		n.tellStatus("two")
		n.reloading()
		n.alive()
		n.stopping()
		n.close()
		for _, want := range []string{
			"READY=1", "STATUS=one", "STATUS=two", "RELOADING=1\nMONOTONIC_USEC=[1-9][0-9]*", "WATCHDOG=1", "STOPPING=1\nSTATUS=stopping",
		} {
			if got := <-messages; !regexp.MustCompile("^" + want + "$").MatchString(got) {
				t.Errorf("%s: got %q, want %q", path, got, want)
			}
		}
		if n.period() != 2*time.Second {
			t.Errorf("period %v", n.period())
		}
	}
}

// TestNoServiceManager: without one nothing is told, and nothing breaks.
func TestNoServiceManager(t *testing.T) {
	n, err := newNotifier(environment(nil))
	if n != nil || err != nil {
		t.Fatal(n, err)
	}
	n.ready()
	n.reloading()
	n.tellStatus("x")
	n.close()
	if n.period() != 0 {
		t.Error("a period without a service manager")
	}
	_, err = newNotifier(environment(map[string]string{"NOTIFY_SOCKET": "/nonexistent/socket"}))
	if err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Error(err)
	}
}

func TestWatchdogOf(t *testing.T) {
	pid := fmt.Sprint(os.Getpid())
	for _, c := range []struct {
		usec, pid string
		want      time.Duration
	}{{"", "", 0}, {"x", "", 0}, {"-5", "", 0}, {"1000", "", time.Millisecond}, {"1000", pid, time.Millisecond}, {"1000", "1", 0}} {
		if got := watchdogOf(environment(map[string]string{"WATCHDOG_USEC": c.usec, "WATCHDOG_PID": c.pid})); got != c.want {
			t.Errorf("%+v: %v", c, got)
		}
	}
}
