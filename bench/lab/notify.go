package lab

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"time"
)

// readiness is the socket on which a daemon says that it is ready (sd_notify(3)).
type readiness struct {
	path string
	conn *net.UnixConn
}

func listenReady(path string) (*readiness, error) {
	if err := os.RemoveAll(path); err != nil {
		return nil, fmt.Errorf("listen for readiness: %w", err)
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, fmt.Errorf("listen for readiness: %w", err)
	}
	return &readiness{path, conn}, nil
}

func (r *readiness) close() {
	r.conn.Close()
	os.Remove(r.path) // Close did it already
}

// wait waits until the daemon is ready, has exited, or ctx is done.
func (r *readiness) wait(ctx context.Context, exited <-chan struct{}) error {
	waiting := make(chan struct{})
	defer close(waiting)
	go func() { // ends the read
		select {
		case <-ctx.Done():
		case <-exited:
		case <-waiting:
		}
		r.conn.SetReadDeadline(time.Unix(1, 0))
	}()
	b := make([]byte, 4096)
	for {
		n, err := r.conn.Read(b)
		if err != nil {
			break
		}
		for line := range strings.Lines(string(b[:n])) {
			if strings.TrimSpace(line) == "READY=1" {
				return nil
			}
		}
	}
	select {
	case <-exited:
		return errors.New("vxwall exited before it was ready")
	default:
		return fmt.Errorf("vxwall did not get ready: %w", context.Cause(ctx))
	}
}
