package nfqueue

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// rawSockets send IP packets as they are, with a mark, by the kernel's routes: one for
// IPv4, one for IPv6, -1 if the kernel has none of it.
type rawSockets struct{ v4, v6 int }

func openRaw(mark uint32) (r rawSockets, err error) {
	r = rawSockets{-1, -1}
	if r.v4, err = rawSocket(unix.AF_INET, unix.IPPROTO_IP, unix.IP_HDRINCL, mark); err != nil {
		return r, err
	}
	r.v6, err = rawSocket(unix.AF_INET6, unix.IPPROTO_IPV6, unix.IPV6_HDRINCL, mark)
	if errors.Is(err, unix.EAFNOSUPPORT) {
		err = nil
	}
	return r, err
}

// rawSocket opens a socket whose packets bring their IP header along. It receives
// nothing: no packet has the protocol IPPROTO_RAW.
func rawSocket(family, level, headerIncluded int, mark uint32) (int, error) {
	fd, err := unix.Socket(family, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, unix.IPPROTO_RAW)
	if err != nil {
		return -1, fmt.Errorf("open raw socket: %w", err)
	}
	err = errors.Join(
		unix.SetsockoptInt(fd, level, headerIncluded, 1),
		unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_MARK, int(mark)))
	if err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("set option of raw socket: %w", err)
	}
	return fd, nil
}

func (r *rawSockets) close() (err error) {
	for _, fd := range []int{r.v4, r.v6} {
		if fd >= 0 {
			err = errors.Join(err, unix.Close(fd))
		}
	}
	return err
}

// injector sends packets of one worker.
type injector struct {
	sockets *rawSockets
	to4     unix.SockaddrInet4
	to6     unix.SockaddrInet6
}

// errNoIP is a frame that is no IP packet, which none of the pipeline's is.
var errNoIP = errors.New("send packet: no IP header")

// send sends an IP packet. The kernel fills in an identification of 0 if it may be
// fragmented on its way, and nothing else.
func (j *injector) send(b []byte) error {
	switch {
	case len(b) >= 20 && b[0]>>4 == 4:
		copy(j.to4.Addr[:], b[16:20])
		return unix.Sendto(j.sockets.v4, b, unix.MSG_DONTWAIT, &j.to4)
	case len(b) >= 40 && b[0]>>4 == 6:
		copy(j.to6.Addr[:], b[24:40])
		return unix.Sendto(j.sockets.v6, b, unix.MSG_DONTWAIT, &j.to6)
	}
	return errNoIP
}
