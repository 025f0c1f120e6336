package ring

import (
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// Config of a Socket.
type Config struct {
	Interface int  // index of the network interface
	Queue     int  // of the interface
	Ring      int  // entries of each of the four rings, a power of two, at least Chunk
	ZeroCopy  bool // ask for it; else copy mode. The first socket of a UMEM decides for all
}

// Socket is one AF_XDP socket, bound to one queue of one interface, with rings
// of its own.
type Socket struct {
	umem *UMEM
	fd   int
	size uint32

	fill       addrRing
	rx         descRing
	filled     uint32 // own copies of the indices
	rxProduced uint32
	rxConsumed uint32

	tx           descRing
	completion   addrRing
	txProduced   uint32
	txConsumed   uint32
	txShown      uint32
	reaped       uint32
	counted      counters
	zeroCopyMode bool
}

// bindPatience is how long a queue may still be busy with a socket that was
// closed just before: the kernel frees it in the background.
const bindPatience = time.Second

// Open makes a socket and binds it. Frames arrive once a program redirects them
// and Refill was called.
func (u *UMEM) Open(cfg Config) (*Socket, error) {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, fmt.Errorf("open AF_XDP socket: %w", err)
	}
	s := &Socket{umem: u, fd: fd, size: uint32(cfg.Ring)}
	if err := s.setUp(&cfg); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Socket) setUp(cfg *Config) error {
	if s.umem.owner < 0 {
		if err := s.umem.register(s.fd); err != nil {
			return err
		}
	}
	for _, option := range [...]int{unix.XDP_UMEM_FILL_RING, unix.XDP_UMEM_COMPLETION_RING, unix.XDP_RX_RING, unix.XDP_TX_RING} {
		if err := unix.SetsockoptInt(s.fd, unix.SOL_XDP, option, cfg.Ring); err != nil {
			return fmt.Errorf("make ring of %d entries: %w", cfg.Ring, err)
		}
	}
	if err := s.mapRings(cfg.Ring); err != nil {
		return err
	}
	// Both make transmission cheaper, and it works without: send more than 32 frames
	// in a call (Linux 6.18), and let more of them be under way.
	_ = unix.SetsockoptInt(s.fd, unix.SOL_XDP, unix.XDP_MAX_TX_SKB_BUDGET, cfg.Ring)
	_ = unix.SetsockoptInt(s.fd, unix.SOL_SOCKET, unix.SO_SNDBUFFORCE, cfg.Ring*s.umem.frame)
	if err := s.bind(cfg); err != nil {
		return fmt.Errorf("bind queue %d: %w", cfg.Queue, err)
	}
	mode, err := zeroCopy(s.fd)
	s.zeroCopyMode = mode
	return err
}

func (s *Socket) mapRings(size int) error {
	o, err := mapOffsets(s.fd)
	if err != nil {
		return fmt.Errorf("map rings: %w", err)
	}
	return errors.Join(
		s.fill.mapTo(s.fd, unix.XDP_UMEM_PGOFF_FILL_RING, &o.Fr, size),
		s.rx.mapTo(s.fd, unix.XDP_PGOFF_RX_RING, &o.Rx, size),
		s.tx.mapTo(s.fd, unix.XDP_PGOFF_TX_RING, &o.Tx, size),
		s.completion.mapTo(s.fd, unix.XDP_UMEM_PGOFF_COMPLETION_RING, &o.Cr, size),
	)
}

// bind binds the socket. One that shares a UMEM must not have a mode of its own.
func (s *Socket) bind(cfg *Config) error {
	addr := &unix.SockaddrXDP{Ifindex: uint32(cfg.Interface), QueueID: uint32(cfg.Queue), Flags: unix.XDP_USE_NEED_WAKEUP | unix.XDP_COPY}
	if s.umem.owner != s.fd {
		addr.Flags, addr.SharedUmemFD = unix.XDP_SHARED_UMEM, uint32(s.umem.owner)
	} else if cfg.ZeroCopy {
		addr.Flags = unix.XDP_USE_NEED_WAKEUP | unix.XDP_ZEROCOPY
	}
	err := unix.Bind(s.fd, addr)
	for deadline := time.Now().Add(bindPatience); err == unix.EBUSY && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
		err = unix.Bind(s.fd, addr)
	}
	return err
}

// FD is the file descriptor, to poll it and to put it into an XSKMAP.
func (s *Socket) FD() int { return s.fd }

// ZeroCopy says whether the driver reads and writes frames itself.
func (s *Socket) ZeroCopy() bool { return s.zeroCopyMode }

// Close unmaps the rings and closes the socket. Mapped rings would keep the
// queue bound.
func (s *Socket) Close() error {
	err := errors.Join(s.fill.unmap(), s.rx.unmap(), s.tx.unmap(), s.completion.unmap())
	if s.umem.owner == s.fd {
		s.umem.owner = -1
	}
	if closing := unix.Close(s.fd); closing != nil || err != nil {
		return fmt.Errorf("close AF_XDP socket: %w", errors.Join(err, closing))
	}
	return nil
}
