package afxdp

import (
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"vxwall/appliance/link/afxdp/ring"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Link is a bump in the wire, a VTEP's way to its network, or a tap: two ports, or one, their sockets, the XDP program, and one
// Queue for each worker. Its methods may be called by any goroutine.
type Link struct {
	cfg     Config
	program *program
	umem    *ring.UMEM
	ports   [2]PortStatus
	sockets [2][]*socket // by port, then queue
	queues  []*Queue
	member  int  // packet socket that keeps the ports promiscuous
	joined  bool // it is open

	parse pipeline.Config // as far as pipeline.Owner asks
	seed  flow.Seed

	mu       sync.RWMutex // written by Close alone, while it takes things away
	draining atomic.Bool  // no more frames are redirected
	torn     atomic.Bool  // sockets and memory are gone, or about to
}

// ownerExtensions is how many IPv6 extension headers of a packet are read to find
// its owner: no pipeline that is configured to take fewer is misled by it, and none
// takes more.
const ownerExtensions = 64

// Open opens both ports and attaches the XDP program. An error that the operator
// can mend is a *ConfigError.
func Open(cfg Config) (*Link, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	l := &Link{cfg: cfg, parse: pipeline.Default(), seed: flow.Seed{rand.Uint64(), rand.Uint64()}}
	l.parse.Ports, l.parse.Overlay = cfg.VXLANPorts, cfg.Overlay
	l.parse.Passive, l.parse.Mirror = cfg.Tap, cfg.Mirror
	l.parse.ExtensionLimit = ownerExtensions
	if err := l.open(); err != nil {
		return nil, errors.Join(err, l.release())
	}
	return l, nil
}

// open takes the steps from nothing to a link that frames go through.
func (l *Link) open() (err error) {
	if l.ports, err = examine(l.cfg.ports()); err != nil {
		return err
	}
	if l.program, err = loadProgram(&l.cfg); err != nil {
		return err
	}
	if l.cfg.Overlay != nil {
		l.cfg.Overlay.SetBoard(l.program.control())
	}
	if err := l.openSockets(); err != nil {
		return err
	}
	if err := l.makeQueues(); err != nil {
		return err
	}
	if err := l.register(); err != nil {
		return err
	}
	if err := l.promiscuous(); err != nil {
		return err
	}
	return l.attach()
}

// Queues returns one queue for each worker.
func (l *Link) Queues() []*Queue { return l.queues }

// SetRevision says which policy is in force. What another one judged is handled
// by the kernel no more: its packets come to the workers again.
func (l *Link) SetRevision(revision uint32) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if !l.torn.Load() {
		l.program.control().setRevision(revision)
	}
}

// Peek says what the kernel has handled of a flow's direction since it was
// offloaded, and false if it is not.
func (l *Link) Peek(k *flow.Key, handled *flow.Handled) bool {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.torn.Load() {
		*handled = flow.Handled{}
		return false
	}
	return l.program.peek(k, handled)
}
