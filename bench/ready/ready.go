// Package ready hears a daemon say that it is ready (sd_notify(3)), as a service
// manager would.
package ready

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"sync"
)

// Socket is where the daemon says so. Make one with Listen.
type Socket struct {
	conn *net.UnixConn
	path string
	once sync.Once
	said chan struct{}
}

// Listen makes a socket at a path, in place of one that was left there.
func Listen(path string) (*Socket, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("listen for readiness: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listen for readiness: %w", err)
	}
	s := &Socket{conn: conn, path: path, said: make(chan struct{})}
	go s.listen()
	return s, nil
}

// listen ends when the socket is closed.
func (s *Socket) listen() {
	b := make([]byte, 4096)
	for {
		n, err := s.conn.Read(b)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(b[:n])) {
			if strings.TrimSpace(line) == "READY=1" {
				s.once.Do(func() { close(s.said) })
			}
		}
	}
}

// Environment is the variable that tells the daemon of the socket.
func (s *Socket) Environment() string { return "NOTIFY_SOCKET=" + s.path }

// Ready says whether the daemon is ready.
func (s *Socket) Ready() bool {
	select {
	case <-s.said:
		return true
	default:
		return false
	}
}

// Wait waits until the daemon is ready, has exited, or ctx is done.
func (s *Socket) Wait(ctx context.Context, exited <-chan struct{}) error {
	select {
	case <-s.said:
		return nil
	case <-exited:
		return errors.New("vxwall exited before it was ready")
	case <-ctx.Done():
		return fmt.Errorf("vxwall did not get ready: %w", context.Cause(ctx))
	}
}

// Close removes the socket.
func (s *Socket) Close() error { return s.conn.Close() }
