package afxdp

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/ring"
)

// Sizes of the rings of a socket that the kernel and the pool work well with.
const (
	MinRing = 2 * ring.Chunk
	MaxRing = 1 << 15
)

// check checks what Open uses of a configuration.
func (c *Config) check() error {
	switch {
	case len(c.VXLANPorts) < 1 || len(c.VXLANPorts) > MaxVXLANPorts:
		return &ConfigError{"VXLAN ports", fmt.Sprintf("%d given", len(c.VXLANPorts)), fmt.Sprintf("set 1 to %d in vxlan_ports", MaxVXLANPorts)}
	case len(c.Own) > MaxOwn:
		return &ConfigError{"own addresses", fmt.Sprintf("%d given", len(c.Own)), fmt.Sprintf("set at most %d", MaxOwn)}
	case len(c.Own) == 0 && !c.Tap && c.Ports[1] == "":
		return &ConfigError{"ports", "a wire needs two", "name two interfaces in ports"}
	case c.Tap && (c.Offload > 0 || len(c.Own) > 0):
		return &ConfigError{"tap", "offload, or addresses of a VTEP", "set neither: there is nothing to send on"}
	case len(c.OnDeathVNI) > MaxVNIs:
		return &ConfigError{"VNIs", fmt.Sprintf("%d with an on_death of their own", len(c.OnDeathVNI)), fmt.Sprintf("keep at most %d", MaxVNIs)}
	case c.Ring < MinRing || c.Ring > MaxRing || c.Ring&(c.Ring-1) != 0:
		return &ConfigError{"rings", fmt.Sprintf("%d entries", c.Ring), fmt.Sprintf("set ring to a power of two from %d to %d", MinRing, MaxRing)}
	case c.Workers < 0 || c.Workers > MaxQueues:
		return &ConfigError{"workers", fmt.Sprintf("%d", c.Workers), fmt.Sprintf("set workers to 1 to %d, or to 0 for one per queue", MaxQueues)}
	case c.PollTimeout < time.Millisecond || c.PollTimeout > c.Heartbeat/2:
		return &ConfigError{"poll timeout", c.PollTimeout.String(), "keep it from 1ms to half of the heartbeat, " + c.Heartbeat.String()}
	}
	return nil
}

// workers is the number of workers: no more than there are queues.
func (l *Link) workers() int {
	queues := max(l.ports[0].Queues, l.ports[1].Queues)
	if l.cfg.Workers == 0 {
		return queues
	}
	return min(l.cfg.Workers, queues)
}

// frames is how many frames the UMEM needs, so that no ring is ever short of
// them.
func (l *Link) frames() (int, error) {
	sockets := l.ports[0].Queues + l.ports[1].Queues
	spare := l.workers() * (8*ring.Chunk + l.cfg.Ring) // caches, batches, hand-over
	if l.cfg.Frames == 0 {
		return sockets*2*l.cfg.Ring + spare, nil
	}
	if least := 2*ring.Chunk*sockets + 8*ring.Chunk*l.workers(); l.cfg.Frames < least {
		return 0, &ConfigError{"frames", fmt.Sprintf("%d for %d queues", l.cfg.Frames, sockets), fmt.Sprintf("set frames to at least %d, or to 0", least)}
	}
	return l.cfg.Frames, nil
}

// openSockets opens a socket for each queue of each port, without copying
// between driver and UMEM if both ports can do that.
func (l *Link) openSockets() error {
	n, err := l.frames()
	if err != nil {
		return err
	}
	if l.cfg.XDP != Generic {
		if err = l.openSocketsIn(n, true); err == nil || !unsupported(err) {
			return err
		}
		if err = errors.Join(l.closeSockets()); err != nil {
			return err
		}
	}
	return l.openSocketsIn(n, false)
}

// unsupported says whether a driver has no zero-copy mode, or not for this
// frame size or these queues.
func unsupported(err error) bool {
	return errors.Is(err, unix.EOPNOTSUPP) || errors.Is(err, unix.EINVAL)
}

func (l *Link) openSocketsIn(frames int, zeroCopy bool) (err error) {
	if l.umem, err = ring.NewUMEM(frames, frameSize(l.ports[0].MTU)); err != nil {
		return memoryError(err)
	}
	workers := l.workers()
	for port := range l.cfg.ports() {
		p := &l.ports[port]
		for queue := range p.Queues {
			s, err := l.umem.Open(ring.Config{Interface: p.Index, Queue: queue, Ring: l.cfg.Ring, ZeroCopy: zeroCopy})
			if err != nil {
				return socketError(p.Name, queue, err)
			}
			p.ZeroCopy = s.ZeroCopy()
			l.sockets[port] = append(l.sockets[port], &socket{
				Socket: s, control: l.program.control(), port: port, queue: queue, worker: queue % workers,
			})
		}
	}
	return nil
}

func socketError(name string, queue int, err error) error {
	what := "port " + name
	switch {
	case errors.Is(err, unix.EBUSY):
		return &ConfigError{what, fmt.Sprintf("queue %d belongs to another AF_XDP socket", queue), "end what holds it: another vxwall?"}
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES):
		return &ConfigError{what, err.Error(), "give the process CAP_NET_RAW, CAP_NET_ADMIN and CAP_BPF"}
	case errors.Is(err, unix.ENOBUFS) || errors.Is(err, unix.ENOMEM):
		return memoryError(err)
	case errors.Is(err, unix.EAFNOSUPPORT):
		return &ConfigError{what, err.Error(), "use a kernel with CONFIG_XDP_SOCKETS"}
	}
	return fmt.Errorf("open port %s: %w", name, err)
}

func memoryError(err error) error {
	return &ConfigError{"UMEM", err.Error(), "set LimitMEMLOCK=infinity in the unit (ulimit -l unlimited), give CAP_IPC_LOCK, or set a smaller ring"}
}

// makeQueues gives each worker its sockets: of each port those of the queues
// that leave the worker's number when divided by the number of workers.
func (l *Link) makeQueues() error {
	for number := range l.workers() {
		q, err := newQueue(l, number)
		if err != nil {
			return err
		}
		l.queues = append(l.queues, q)
	}
	if len(l.queues) > 1 {
		connect(l.queues, 2*l.cfg.Ring)
	}
	for port := range l.cfg.ports() {
		for _, s := range l.sockets[port] {
			q := l.queues[s.worker]
			q.sockets = append(q.sockets, s)
			q.polled = append(q.polled, unix.PollFd{Fd: int32(s.FD()), Events: unix.POLLIN})
		}
		l.shareTransmit(port)
	}
	return nil
}

// shareTransmit gives each worker a socket of a port to send through. Workers
// share if there are more of them than queues.
func (l *Link) shareTransmit(port int) {
	sockets := l.sockets[port]
	locks := make([]*sync.Mutex, len(sockets))
	if len(l.queues) > len(sockets) {
		for i := range locks {
			locks[i] = new(sync.Mutex)
		}
	}
	for i, q := range l.queues {
		at := i % len(sockets)
		q.transmit[port] = &transmit{Socket: sockets[at].Socket, lock: locks[at]}
	}
}

// register puts the sockets where the program finds them, with frames to
// receive into. A worker that starts later finds its backlog empty.
func (l *Link) register() error {
	for port := range l.sockets {
		for _, s := range l.sockets[port] {
			s.Refill(l.queues[s.worker].cache)
			s.settle()
			s.control.beat(port, s.queue)
			if err := l.program.sockets().Put(uint32(port*MaxQueues+s.queue), uint32(s.FD())); err != nil {
				return fmt.Errorf("put socket of port %s queue %d: %w", l.ports[port].Name, s.queue, err)
			}
		}
	}
	for _, q := range l.queues {
		q.cache.Show()
	}
	l.program.control().setDown(false)
	return nil
}

// attach puts the program on both ports, or on none on which it was not before.
func (l *Link) attach() error {
	var fresh []string
	for port := range l.cfg.ports() {
		p := &l.ports[port]
		if !hasProgram(p.Index) {
			fresh = append(fresh, p.Name)
		}
		if err := l.attachPort(port); err != nil {
			return errors.Join(err, Detach(l.cfg.Pin, fresh...))
		}
	}
	return nil
}

func (l *Link) attachPort(port int) error {
	p := &l.ports[port]
	mode, note, err := l.program.attach(port, p.Index, l.cfg.XDP)
	if err != nil {
		return err
	}
	p.Mode = mode
	if note != "" {
		p.Note = note
	}
	if mode == Generic && p.ZeroCopy {
		return &ConfigError{"port " + p.Name, "the driver has zero-copy sockets, but refuses native XDP", `set xdp = "generic"`}
	}
	if mode == Generic && mergesFrames(p.Name) {
		p.Note += "; GRO may merge frames: ethtool -K " + p.Name + " gro off"
	}
	return nil
}
