package underlay

import (
	"encoding/binary"
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink"
	"github.com/vishvananda/netlink/nl"
	"golang.org/x/sys/unix"
)

// socket is a netlink socket of the network namespace that it was opened in.
// Dumps are asked for on the socket that hears notifications, so that both come in one
// order: no change falls between a dump and the notifications after it.
type socket struct {
	*nl.NetlinkSocket
	pid     uint32 // the kernel's name for the socket
	pending []dump // asked for one after the other; the first is under way
	seq     uint32 // of the dump under way
	broken  bool   // that was interrupted by a change, or refused
	refused error  // why the kernel refused it, or ended it early
	tries   int    // how often that was so
	again   bool   // everything is to be dumped once more after that
	round   uint32 // how often everything was asked for
}

// dump is a table of the kernel.
type dump struct{ message, family uint8 }

// dumps are all tables that are mirrored. Devices come first: entries name them.
var dumps = []dump{
	{unix.RTM_GETLINK, unix.AF_UNSPEC}, {unix.RTM_GETNEIGH, unix.AF_INET}, {unix.RTM_GETNEIGH, unix.AF_INET6}, {unix.RTM_GETNEIGH, unix.AF_BRIDGE},
}

// receiveBuffer is what the kernel may keep for us: some 40,000 notifications.
const receiveBuffer = 32 << 20

func openSocket() (*socket, error) {
	s, err := nl.Subscribe(unix.NETLINK_ROUTE, unix.RTNLGRP_LINK, unix.RTNLGRP_NEIGH, unix.RTNLGRP_IPV4_IFADDR,
		unix.RTNLGRP_IPV6_IFADDR, unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE, unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE, unix.RTNLGRP_NEXTHOP)
	if err != nil {
		return nil, fmt.Errorf("subscribe to netlink: %w", err)
	}
	// Beyond the limit for all (net.core.rmem_max) only with CAP_NET_ADMIN; without it the
	// buffer is smaller, and overruns are mended all the same.
	if s.SetReceiveBufferSize(receiveBuffer, true) != nil {
		_ = s.SetReceiveBufferSize(receiveBuffer, false)
	}
	pid, err := s.GetPid()
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("name netlink socket: %w", err)
	}
	return &socket{NetlinkSocket: s, pid: pid}, nil
}

// resync asks for all tables, after those that were asked for already: the kernel
// takes one question at a time.
func (s *socket) resync() error {
	if len(s.pending) > 0 {
		s.again = true
		return nil
	}
	s.round++
	s.pending = append(s.pending[:0], dumps...)
	return s.ask()
}

// ask asks for the first table that is pending.
func (s *socket) ask() error {
	if len(s.pending) == 0 {
		return nil
	}
	d := s.pending[0]
	s.broken, s.refused = false, nil
	request := nl.NewNetlinkRequest(int(d.message), unix.NLM_F_DUMP)
	if d.message == unix.RTM_GETLINK {
		request.AddData(nl.NewIfInfomsg(int(d.family)))
	} else {
		request.AddData(&netlink.Ndmsg{Family: d.family})
	}
	s.seq = request.Seq
	for {
		// Not Send: that would send to the groups of the socket as well.
		err := unix.Sendto(s.GetFd(), request.Serialize(), 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK})
		if errors.Is(err, unix.EINTR) {
			continue
		}
		if err != nil {
			return fmt.Errorf("ask for a dump: %w", err)
		}
		return nil
	}
}

// dumped says whether a message is of the dump under way, and notes that the dump
// has to be made again because the table changed meanwhile, or the kernel failed: its
// last message begins with an errno (linux/netlink.h, struct nlmsgerr).
func (s *socket) dumped(m *syscall.NetlinkMessage) bool {
	if len(s.pending) == 0 || m.Header.Seq != s.seq || m.Header.Pid != s.pid {
		return false
	}
	if m.Header.Flags&unix.NLM_F_DUMP_INTR != 0 {
		s.broken = true
	}
	if kind := m.Header.Type; kind == unix.NLMSG_ERROR || kind == unix.NLMSG_DONE {
		if code := errnoIn(m.Data); code != 0 {
			s.broken, s.refused = true, code
		}
	}
	return true
}

// errnoIn is the errno of a message that may end a dump, 0 for none.
func errnoIn(b []byte) syscall.Errno {
	if len(b) < 4 {
		return 0
	}
	return syscall.Errno(max(0, -int32(binary.NativeEndian.Uint32(b))))
}

// maxTries bounds how often a table is dumped that changes all the time: what a dump
// missed, notifications tell.
const maxTries = 5

// done ends the dump under way, and asks for the next one or again. complete says
// whether finished was seen as a whole.
func (s *socket) done() (finished dump, complete bool, err error) {
	finished, complete = s.pending[0], !s.broken
	if s.tries++; complete || s.tries == maxTries {
		s.pending, s.tries = s.pending[1:], 0
	}
	if len(s.pending) == 0 && s.again {
		s.again = false
		return finished, complete, s.resync()
	}
	return finished, complete, s.ask()
}
