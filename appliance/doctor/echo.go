package doctor

import (
	"context"
	"encoding/binary"
	"fmt"
	"net/netip"
	"os"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/pipeline/wire"
)

// probe sends echo requests that must not be fragmented (RFC 792, RFC 4443).
type probe struct {
	to, next   netip.Addr // next is the next hop
	through    string     // interface
	mtu        int        // of it
	neighbours func() ([]netlink.Neigh, error)

	file *os.File
	id   uint16
	seq  uint16
}

// Header sizes, and the types of echo messages.
const (
	echoHeader            = 8
	request4, reply4      = 8, 0
	request6, reply6      = 128, 129
	icmp4, header4        = unix.IPPROTO_ICMP, 20
	icmp6, header6        = unix.IPPROTO_ICMPV6, 40
	checksumAt, idAt      = 2, 4
	seqAt            uint = 6
)

// openProbe opens a raw socket in the network namespace of the calling thread. The
// kernel's own idea of the path MTU is not asked (IP_PMTUDISC_PROBE), else what it
// once learned would be found out again.
func openProbe(to netip.Addr) (*probe, error) {
	p := &probe{to: to, id: uint16(os.Getpid())}
	protocol, level, option, value := icmp4, unix.IPPROTO_IP, unix.IP_MTU_DISCOVER, unix.IP_PMTUDISC_PROBE
	if to.Is6() {
		protocol, level, option, value = icmp6, unix.IPPROTO_IPV6, unix.IPV6_MTU_DISCOVER, unix.IPV6_PMTUDISC_PROBE
	}
	fd, err := unix.Socket(p.family(), unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return nil, fmt.Errorf("open ICMP socket: %w (it takes CAP_NET_RAW)", err)
	}
	p.file = os.NewFile(uintptr(fd), "icmp")
	if err := unix.SetsockoptInt(fd, level, option, value); err != nil {
		p.close()
		return nil, fmt.Errorf("forbid fragments: %w", err)
	}
	if err := unix.Connect(fd, p.sockaddr()); err != nil { // others' answers stay out
		p.close()
		return nil, fmt.Errorf("find way to %v: %w", to, err)
	}
	return p, nil
}

func (p *probe) close() { p.file.Close() }

func (p *probe) family() int {
	if p.to.Is4() {
		return unix.AF_INET
	}
	return unix.AF_INET6
}

func (p *probe) sockaddr() unix.Sockaddr {
	if p.to.Is4() {
		return &unix.SockaddrInet4{Addr: p.to.As4()}
	}
	return &unix.SockaddrInet6{Addr: p.to.As16()}
}

// echo sends one request of a size, IP header included, and waits for its answer. A
// size that the interface does not take has none.
func (p *probe) echo(ctx context.Context, size int, wait time.Duration) (time.Duration, bool) {
	p.seq++
	begin := time.Now()
	if _, err := p.file.Write(p.request(size)); err != nil {
		return 0, false
	}
	deadline := begin.Add(wait)
	if end, ok := ctx.Deadline(); ok && end.Before(deadline) {
		deadline = end
	}
	if p.file.SetReadDeadline(deadline) != nil {
		return 0, false
	}
	b := make([]byte, 1<<16)
	for {
		n, err := p.file.Read(b)
		switch {
		case os.IsTimeout(err):
			return 0, false
		case err == nil && p.answers(b[:n]):
			return time.Since(begin), true
		case err != nil && time.Now().After(deadline):
			return 0, false
		}
		// An error of an earlier request (too big, unreachable) is told here too.
	}
}

func (p *probe) header() int {
	if p.to.Is4() {
		return header4
	}
	return header6
}

func (p *probe) request(size int) []byte {
	b := make([]byte, max(size-p.header(), echoHeader))
	b[0] = request4
	if p.to.Is6() {
		b[0] = request6 // the kernel fills in the checksum
	}
	binary.BigEndian.PutUint16(b[idAt:], p.id)
	binary.BigEndian.PutUint16(b[seqAt:], p.seq)
	if p.to.Is4() {
		binary.BigEndian.PutUint16(b[checksumAt:], wire.Checksum(b, 0))
	}
	return b
}

// answers says whether a packet is the answer to the newest request. IPv4 sockets see
// the IP header too.
func (p *probe) answers(b []byte) bool {
	kind := byte(reply6)
	if p.to.Is4() {
		if len(b) < header4 {
			return false
		}
		kind, b = reply4, b[min(len(b), int(b[0]&0xf)*4):]
	}
	return len(b) >= echoHeader && b[0] == kind && binary.BigEndian.Uint16(b[idAt:]) == p.id && binary.BigEndian.Uint16(b[seqAt:]) == p.seq
}
