package nfqueue

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"
)

// What a queue is configured with (linux/netfilter/nfnetlink_queue.h).
const (
	cfgCommand   = 1 // struct nfqnl_msg_config_cmd: command, padding, protocol family
	cfgParams    = 2 // struct nfqnl_msg_config_params: copy range, copy mode
	cfgMaxLength = 3
	cfgMask      = 4 // which of cfgFlags are set
	cfgFlags     = 5

	cmdBind    = 1
	copyPacket = 2
	flagOpen   = 1 // NFQA_CFG_F_FAIL_OPEN
)

// leastCharge is less than what any packet counts for in a socket's buffer: the
// kernel charges for memory, of which an skb alone has more.
const leastCharge = 512

// socket is a netlink socket to which one queue is bound.
type socket struct {
	fd    int
	queue uint16
}

// openSocket binds a queue. What does not fit into the socket's buffer is dropped, or
// passes if relay is set. The limit of the queue itself is out of reach: of packets that
// it lets pass the kernel keeps no count, of those of the socket it does.
func openSocket(c *Config, number int) (*socket, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_NETFILTER)
	if err != nil {
		return nil, fmt.Errorf("open netlink socket: %w", err)
	}
	s := &socket{fd: fd, queue: c.Queue + uint16(number)}
	if err := s.setUp(c); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *socket) close() error { return unix.Close(s.fd) }

func (s *socket) setUp(c *Config) error {
	if err := unix.Bind(s.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return fmt.Errorf("bind netlink socket: %w", err)
	}
	// The kernel doubles what it is told, for what it needs besides (socket(7)).
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, c.Buffer/2); err != nil {
		return fmt.Errorf("set buffer of netlink socket: %w", err)
	}
	if err := unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, 2*maxSend); err != nil {
		return fmt.Errorf("set buffer of netlink socket: %w", err)
	}
	// Without it the kernel drops, after the first packet without room, all until the
	// socket is empty.
	if err := unix.SetsockoptInt(s.fd, unix.SOL_NETLINK, unix.NETLINK_NO_ENOBUFS, 1); err != nil {
		return fmt.Errorf("set option of netlink socket: %w", err)
	}
	timeout := unix.Timeval{Sec: 5}
	if err := unix.SetsockoptTimeval(s.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &timeout); err != nil {
		return fmt.Errorf("set option of netlink socket: %w", err)
	}
	err := s.ask(parameters(c))
	if errors.Is(err, unix.EBUSY) || errors.Is(err, unix.EPERM) && unix.Geteuid() == 0 {
		return &ConfigError{fmt.Sprintf("queue %d", s.queue), "another program listens to it, or this one may not (CAP_NET_ADMIN)", "choose another number: [nfqueue] queue"}
	}
	if err != nil {
		return fmt.Errorf("bind queue %d: %w", s.queue, err)
	}
	return nil
}

// parameters are the attributes that bind and configure a queue: all at once, so that it
// never has packets without their bytes.
func parameters(c *Config) []byte {
	b := appendAttr(nil, cfgCommand, cmdBind, 0, 0, 0)
	b = appendAttr(b, cfgParams, append(binary.BigEndian.AppendUint32(nil, copyRange), copyPacket)...)
	b = appendAttr(b, cfgMaxLength, binary.BigEndian.AppendUint32(nil, uint32(c.Buffer/leastCharge))...)
	return appendFlags(b, c.Overload)
}

func appendFlags(b []byte, full Fallback) []byte {
	flags := byte(0)
	if full == Relay {
		flags = flagOpen
	}
	b = appendAttr(b, cfgMask, 0, 0, 0, flagOpen)
	return appendAttr(b, cfgFlags, 0, 0, 0, flags)
}

// ask configures the queue and awaits the kernel's answer. A packet in front of it says
// that the queue is bound, too: it is left to the worker.
func (s *socket) ask(attributes []byte) error {
	if err := s.tell(attributes, flagAck); err != nil {
		return err
	}
	b := make([]byte, slotSize)
	for {
		n, _, err := unix.Recvfrom(s.fd, b, unix.MSG_PEEK)
		if err == unix.EINTR {
			continue
		}
		if err != nil {
			return err
		}
		_, found, err := parse(b[:n])
		if !found {
			unix.Recvfrom(s.fd, b, unix.MSG_DONTWAIT)
		}
		return err
	}
}

// tell configures the queue.
func (s *socket) tell(attributes []byte, flags uint16) error {
	message := append(begin(nil, msgConfig, flags, s.queue, 0), attributes...)
	return s.send(finish(message, 0))
}

// seal has the kernel queue nothing more, and do with what comes as fallback says.
// What waits can still be received and judged.
func (s *socket) seal(fallback Fallback) error {
	return s.tell(appendFlags(appendAttr(nil, cfgMaxLength, 0, 0, 0, 0), fallback), 0)
}

// maxSend is the most that is sent to the kernel at once: twice the longest verdict with
// a payload.
const maxSend = 1 << 18

// send hands messages to the kernel, which has done what they say when it returns. It is
// tried again if the kernel has no memory just now.
func (s *socket) send(messages []byte) error {
	const tries = 100
	var err error
	for range tries {
		_, err = unix.Write(s.fd, messages)
		if err != unix.ENOBUFS && err != unix.EINTR && err != unix.ENOMEM {
			return err
		}
	}
	return err
}

// lost is how many packets found no room, modulo 2^32: the socket's count of drops.
func (s *socket) lost() (uint32, error) {
	const drops = 8 // SK_MEMINFO_DROPS (linux/sock_diag.h)
	var info [drops + 1]uint32
	err := getMemInfo(s.fd, info[:])
	if err != nil {
		return 0, fmt.Errorf("read drops of queue %d: %w", s.queue, err)
	}
	return info[drops], nil
}

// isNoRoom says whether an error of a receive is that packets were lost.
func isNoRoom(err error) bool { return errors.Is(err, syscall.ENOBUFS) }
