package load

import (
	"context"
	"os"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// newTopology returns a topology for the time of the test. Where CI is set a machine that
// cannot make one fails the test.
func newTopology(t *testing.T) *Topology {
	t.Helper()
	if os.Geteuid() != 0 && os.Getenv("CI") == "" {
		t.Skip("needs root")
	}
	top, err := NewTopology(DefaultPlacement(true))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(top.Close)
	return top
}

func newRig(t *testing.T, s System, traffic Traffic) *Rig {
	t.Helper()
	r, err := NewRig(t.Context(), newTopology(t), s, traffic)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	})
	return r
}

// slow is a rate at which nothing is lost on a busy machine, if not every frame is
// waited for by somebody who sleeps.
const slow = 20_000

// capture is a socket that gets what arrives at a port.
type capture struct{ fd int }

func newCapture(t *testing.T, p *Port) *capture {
	t.Helper()
	c := &capture{}
	err := p.Space.Do(func() (err error) {
		const all = unix.ETH_P_ALL>>8 | unix.ETH_P_ALL&0xff<<8
		if c.fd, err = unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, all); err != nil {
			return err
		}
		if err = unix.Bind(c.fd, &unix.SockaddrLinklayer{Protocol: all, Ifindex: p.Index}); err != nil {
			return err
		}
		if err = unix.SetsockoptInt(c.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 64<<20); err != nil {
			return err
		}
		return unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &unix.Timeval{Usec: 100_000})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Close(c.fd) })
	return c
}

// marked returns all frames that carry a mark.
func (c *capture) marked(t *testing.T) (frames [][]byte) {
	t.Helper()
	for {
		b := make([]byte, 4096)
		n, _, err := unix.Recvfrom(c.fd, b, 0)
		if err == unix.EAGAIN {
			return frames
		}
		if err != nil && err != unix.EINTR {
			t.Fatal(err)
		}
		if _, ok := markOf(b[:max(n, 0)]); ok {
			frames = append(frames, b[:n])
		}
	}
}

// run sends a number of frames and returns what was sent and what was counted.
func run(t *testing.T, r *Rig, o Order, w Watch) (Sent, Arrived) {
	t.Helper()
	o.Run, w.Run = 7, 7
	if err := r.sink.Begin(w); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	sent, err := r.generator.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	arrived, err := r.drain()
	if err != nil {
		t.Fatal(err)
	}
	return sent, arrived
}
