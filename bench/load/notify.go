package load

import (
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"sync/atomic"
)

// notifySocket hears what a service says of itself (sd_notify(3)).
type notifySocket struct {
	conn  *net.UnixConn
	path  string
	ready atomic.Bool
}

// newNotifySocket makes a socket in a directory.
func newNotifySocket(dir string) (*notifySocket, error) {
	n := &notifySocket{path: filepath.Join(dir, "notify")}
	var err error
	if n.conn, err = net.ListenUnixgram("unixgram", &net.UnixAddr{Name: n.path, Net: "unixgram"}); err != nil {
		return nil, fmt.Errorf("listen for readiness: %w", err)
	}
	go n.listen()
	return n, nil
}

// listen ends when the socket is closed.
func (n *notifySocket) listen() {
	b := make([]byte, 4096)
	for {
		length, err := n.conn.Read(b)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(b[:length])) {
			if strings.TrimSpace(line) == "READY=1" {
				n.ready.Store(true)
			}
		}
	}
}

func (n *notifySocket) environment() string { return "NOTIFY_SOCKET=" + n.path }

func (n *notifySocket) close() error { return n.conn.Close() }

// notifyReady is the other end: it says that this process is ready. Without a
// socket nobody wants to know.
func notifyReady(path string) error {
	if path == "" {
		return nil
	}
	conn, err := net.Dial("unixgram", path)
	if err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("READY=1")); err != nil {
		return fmt.Errorf("say that all is ready: %w", err)
	}
	return nil
}
