package appliance

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// notifier tells the service manager how the daemon does (sd_notify(3)): a
// datagram of lines to the Unix socket that NOTIFY_SOCKET names. The nil
// notifier tells nobody.
type notifier struct {
	conn     *net.UnixConn
	status   string        // told last
	watchdog time.Duration // it wants to hear from us so often; 0: it does not
}

// newNotifier connects to the service manager of the environment, if there is
// one.
func newNotifier(getenv func(string) string) (*notifier, error) {
	path := getenv("NOTIFY_SOCKET")
	if path == "" {
		return nil, nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Net: "unixgram", Name: path}) // @… is abstract
	if err != nil {
		return nil, fmt.Errorf("notify service manager: %w", err)
	}
	return &notifier{conn: conn, watchdog: watchdogOf(getenv)}, nil
}

// watchdogOf reads WATCHDOG_USEC (sd_watchdog_enabled(3)).
func watchdogOf(getenv func(string) string) time.Duration {
	usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64)
	if err != nil || usec <= 0 {
		return 0
	}
	if pid := getenv("WATCHDOG_PID"); pid != "" && pid != strconv.Itoa(os.Getpid()) {
		return 0
	}
	return time.Duration(usec) * time.Microsecond
}

// tell sends lines. What cannot be told is lost: the daemon goes on without.
func (n *notifier) tell(lines ...string) {
	if n != nil {
		_, _ = n.conn.Write([]byte(strings.Join(lines, "\n")))
	}
}

func (n *notifier) ready()    { n.tell("READY=1") }
func (n *notifier) stopping() { n.tell("STOPPING=1", "STATUS=stopping") }
func (n *notifier) alive()    { n.tell("WATCHDOG=1") }

// reloading tells that a reload begins; ready ends it.
func (n *notifier) reloading() {
	var now unix.Timespec
	if n == nil || unix.ClockGettime(unix.CLOCK_MONOTONIC, &now) != nil {
		return
	}
	n.tell("RELOADING=1", fmt.Sprintf("MONOTONIC_USEC=%d", now.Nano()/1000))
}

// tellStatus tells in a line how things are, if that is news. It belongs to one
// goroutine.
func (n *notifier) tellStatus(text string) {
	if n != nil && text != n.status {
		n.status = text
		n.tell("STATUS=" + text)
	}
}

// period is how often to tell that all is alive, 0 for never.
func (n *notifier) period() time.Duration {
	if n == nil {
		return 0
	}
	return n.watchdog / 2
}

func (n *notifier) close() {
	if n != nil {
		n.conn.Close()
	}
}
