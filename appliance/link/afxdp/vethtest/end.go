package vethtest

import (
	"errors"
	"testing"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// End is the far end of a port: a packet socket that sends and receives whole
// frames.
type End struct {
	Name  string
	Index int
	t     testing.TB
	fd    int

	namespace int // file descriptor
}

const (
	buffer   = 64 << 20
	maxFrame = 1 << 16
	allTypes = 0x0300 // ETH_P_ALL in network byte order
)

func openEnd(t testing.TB, name string) *End {
	t.Helper()
	link, err := netlink.LinkByName(name)
	must(t, err)
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { unix.Close(fd) })
	namespace, err := unix.Open("/proc/thread-self/ns/net", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	must(t, err)
	t.Cleanup(func() { unix.Close(namespace) })
	e := &End{Name: name, Index: link.Attrs().Index, t: t, fd: fd, namespace: namespace}
	must(t, unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, buffer))
	must(t, unix.SetsockoptInt(fd, unix.SOL_PACKET, unix.PACKET_IGNORE_OUTGOING, 1))
	must(t, unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: allTypes, Ifindex: e.Index}))
	return e
}

// Send sends frames into the port.
func (e *End) Send(frames ...[]byte) {
	e.t.Helper()
	for _, f := range frames {
		err := unix.Sendto(e.fd, f, 0, &unix.SockaddrLinklayer{Ifindex: e.Index})
		for errors.Is(err, unix.ENOBUFS) {
			time.Sleep(time.Millisecond)
			err = unix.Sendto(e.fd, f, 0, &unix.SockaddrLinklayer{Ifindex: e.Index})
		}
		must(e.t, err)
	}
}

// Received returns the frames that came out of the port and were not returned
// yet. It waits for n of them, for at most patience.
func (e *End) Received(n int, patience time.Duration) (frames [][]byte) {
	e.t.Helper()
	b := make([]byte, maxFrame)
	for deadline := time.Now().Add(patience); ; {
		size, _, err := unix.Recvfrom(e.fd, b, unix.MSG_DONTWAIT)
		switch {
		case err == nil:
			frames = append(frames, append([]byte(nil), b[:size]...))
		case !errors.Is(err, unix.EAGAIN):
			must(e.t, err)
		case len(frames) >= n || time.Now().After(deadline):
			return frames
		default:
			time.Sleep(time.Millisecond)
		}
	}
}

// Discard throws away what came and what comes: the end is only a drain.
func (e *End) Discard() { unix.SetsockoptInt(e.fd, unix.SOL_SOCKET, unix.SO_RCVBUF, 0) }
