package underlay

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// Port is a network interface of the appliance.
type Port struct {
	Name  string
	Index int
}

// Config says what a Follower looks at.
type Config struct {
	Ports  []Port
	Local  []netip.Addr // own addresses: the sources of what is sent
	Peers  []netip.Addr // to be kept reachable, beside those of the FDB
	Follow []string     // VXLAN devices, or bridges of such, whose FDB is followed
	// Publish is called with each new state, by one goroutine at a time. It must not
	// call the Follower.
	Publish func(*State)
}

// Follower follows the kernel until it is closed.
type Follower struct {
	cfg    Config
	socket *socket
	router router
	stop   chan struct{}
	dirty  chan struct{} // something changed
	ended  sync.WaitGroup

	publishing sync.Mutex // held while a state is made and published

	mu     sync.Mutex // guards what follows
	mirror mirror
	peers  []netip.Addr // Config.Peers, or what SetPeers said
	synced bool         // all tables were seen as a whole
	stale  bool         // the routes are to be asked for again
	again  bool         // a dump was refused: all tables are to be asked for again, soon
	failed error        // why the kernel cannot be heard
	mute   error        // why it does not keep next hops, when it was asked last
	routes map[netip.Addr]route
	state  *State
}

const (
	// calm is how long a change waits for others that come with it; longer if a state is
	// long in the making, so that many changes of a large FDB do not take a core.
	calm     = 10 * time.Millisecond
	calmMost = 250 * time.Millisecond
	// pokeEvery is how often next hops are looked at.
	pokeEvery = time.Second
	// lookEvery is how often routes are asked for though nothing was heard: a path
	// MTU that the kernel learned is not told.
	lookEvery = 10 * time.Second
	// resyncEvery is how often all tables are dumped though nothing was lost.
	resyncEvery = 5 * time.Minute
	// firstLook bounds Start.
	firstLook = 5 * time.Second
)

// Start begins to follow the kernel in the network namespace of the calling thread,
// and returns when a first state was published. Next hops may still be unresolved
// then. CAP_NET_ADMIN is needed as long as it runs.
func Start(cfg Config) (*Follower, error) {
	s, err := openSocket()
	if err != nil {
		return nil, err
	}
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("open netlink: %w", err)
	}
	f := &Follower{
		cfg: cfg, socket: s, router: router{handle, cfg.Local}, stop: make(chan struct{}), dirty: make(chan struct{}, 1),
		mirror: newMirror(cfg.Follow), peers: cfg.Peers, stale: true, routes: map[netip.Addr]route{},
	}
	if f.resync(); f.failed != nil {
		s.Close()
		handle.Close()
		return nil, f.failed
	}
	first := make(chan struct{})
	f.ended.Go(f.read)
	f.ended.Go(func() { f.run(first) })
	select {
	case <-first:
		return f, nil
	case <-time.After(firstLook):
		f.Close()
		return nil, errors.New("follow the kernel: it does not show its tables")
	}
}

// Close ends it. Publish is not called any more.
func (f *Follower) Close() {
	close(f.stop)
	f.socket.Close()
	f.ended.Wait()
	f.router.Close()
}

// SetPeers replaces Config.Peers. What the kernel knows of them already is published
// when it returns.
func (f *Follower) SetPeers(peers []netip.Addr) {
	f.mu.Lock()
	f.peers = slices.Clone(peers)
	f.mu.Unlock()
	f.publish()
}

// Trouble says why the kernel is not followed, nil if it is.
func (f *Follower) Trouble() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	return cmp.Or(f.failed, f.mute)
}

func (f *Follower) wake() {
	select {
	case f.dirty <- struct{}{}:
	default:
	}
}

// read takes what the kernel says until the socket is closed.
func (f *Follower) read() {
	for {
		messages, from, err := f.socket.Receive()
		select {
		case <-f.stop:
			return
		default:
		}
		f.mu.Lock()
		if err != nil {
			f.recover(err)
		} else if from.Pid == 0 { // the kernel
			f.take(messages)
		}
		f.mu.Unlock()
	}
}

// recover makes good for what was not heard: all is dumped again.
func (f *Follower) recover(err error) {
	if errors.Is(err, unix.EINTR) {
		return
	}
	f.resync()
	if !errors.Is(err, unix.ENOBUFS) {
		f.failed = fmt.Errorf("follow the kernel: %w", err)
		time.Sleep(calm) // do not spin
	}
}

// take applies messages.
func (f *Follower) take(messages []syscall.NetlinkMessage) {
	var all effect
	for i := range messages {
		msg := &messages[i]
		ours := f.socket.dumped(msg)
		switch {
		case ours && (msg.Header.Type == unix.NLMSG_DONE || f.socket.refused != nil):
			all |= f.finish()
		default:
			all |= f.mirror.apply(msg)
		}
	}
	if all&fdbGaps != 0 && f.synced {
		f.resync()
	}
	if all&routes != 0 {
		f.stale = true
	}
	if all != nothing && f.synced {
		f.wake()
	}
}

// finish ends a dump.
func (f *Follower) finish() effect {
	refused := f.socket.refused
	table, complete, err := f.socket.done()
	if f.failed = err; err == nil && refused != nil {
		f.failed, f.again = fmt.Errorf("follow the kernel: dump a table: %w", refused), true
	}
	var e effect
	if complete {
		e = f.mirror.sweep(table)
	}
	if len(f.socket.pending) == 0 && !f.synced {
		f.synced = true
		e |= content
	}
	f.mirror.generation = f.socket.round
	return e
}

// resync has all tables dumped again, for what was not heard.
func (f *Follower) resync() {
	f.failed = f.socket.resync()
	f.mirror.generation = f.socket.round
}

// retry asks again for tables whose dump was refused.
func (f *Follower) retry() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.again {
		f.again = false
		f.resync()
	}
}

// run publishes what changed, and keeps next hops resolved.
func (f *Follower) run(first chan struct{}) {
	poke, look, resync := time.NewTicker(pokeEvery), time.NewTicker(lookEvery), time.NewTicker(resyncEvery)
	defer poke.Stop()
	defer look.Stop()
	defer resync.Stop()
	pause := calm
	for {
		select {
		case <-f.stop:
			return
		case <-f.dirty:
			time.Sleep(pause)
			select { // what came meanwhile is part of this
			case <-f.dirty:
			default:
			}
		case <-poke.C:
			f.poke()
			f.retry()
			continue
		case <-look.C:
			f.mu.Lock()
			f.stale = true
			f.mu.Unlock()
		case <-resync.C:
			f.mu.Lock()
			f.resync()
			f.mu.Unlock()
			continue
		}
		begin := time.Now()
		f.publish()
		pause = min(max(calm, time.Since(begin)), calmMost)
		if first != nil {
			close(first)
			first = nil
		}
	}
}
