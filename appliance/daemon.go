package appliance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vxwall/appliance/admin"
	"vxwall/appliance/eve"
	"vxwall/inspect/guard"
	"vxwall/inspect/segment"
)

// Daemon is `vxwall run`. Its life, in the order of the files:
//
//  1. start.go: rules, admin socket, event log, link; the policy is in force
//     before a frame is taken. Then privileges are dropped, and the workers
//     start: no frame is looked at with privileges.
//  2. supervise.go: signals, the watchdog, rules that expire, until the context
//     ends or a worker fails.
//  3. reload.go: another policy, on request.
//  4. stop.go: the workers finish what they have, events are written to the end.
type Daemon struct {
	Config  Config // passed Check and CheckRun
	Version string
	Log     *slog.Logger
	Stdout  io.Writer // takes the events if the log is "-"

	// Open opens the link, see OpenerOf.
	Open OpenLink
	// Follow follows the kernel for a VTEP; nil is underlay.Start.
	Follow FollowKernel
	// Reread reads the configuration file again, to tell at a reload what of it is
	// not in force; nil if there is none.
	Reread ReadConfig
	// Getenv names the service manager; nil is os.Getenv.
	Getenv func(string) string
	// Signals ask for the event log to be opened anew, and SIGHUP for a reload
	// besides.
	Signals <-chan os.Signal
	// KeepPrivileges leaves the process as it is: for tests.
	KeepPrivileges bool
}

// running is a daemon at work.
type running struct {
	*Daemon
	started  time.Time
	policies *Policies
	inForce  atomic.Pointer[inForce]
	link     Link
	vtep     *vtep       // nil in other modes
	events   *eve.Writer // nil if no events are wanted
	eveFile  *eve.File   // nil if they go elsewhere
	workers  []*liveWorker
	guard    *guard.Guard // nil if none is asked for
	notify   *notifier
	servers  []*server
	alarms   alarms
	ports    atomic.Pointer[[]string] // that let nothing pass just now
	logged   map[string]time.Time     // when trouble was logged last; the supervisor's
	shed     error                    // why privileges were not dropped

	failed    chan error  // of workers and ports
	reloads   chan string // why to read the rules again
	expiries  chan string // the same for rules that expired: no file is read
	reloading sync.Mutex
	result    atomic.Pointer[admin.Reload] // of the last reload
	flowsBusy sync.Mutex                   // one look at all flows at a time
	quit      chan struct{}                // closed when the daemon stops
	working   bool                         // the workers were started
	stuck     bool                         // a worker did not end
	answering sync.RWMutex                 // read-locked while a request is answered
	helpers   sync.WaitGroup               // goroutines that end with quit

	newEvents func(workers int) // makes events; nil if none are wanted
	listeners []served          // that the servers are made of
	cleanups  []func() error    // of what was opened, in order
}

// inForce is the policy in force.
type inForce struct {
	checked *Checked
	stage   *segment.Stage // as the workers have it
	since   time.Time
	name    string
	number  uint32
}

// Run runs the daemon until the context ends, then stops in good order. An error
// says that it could not start, or had to stop.
func (d *Daemon) Run(ctx context.Context) error {
	r := &running{
		Daemon: d, started: time.Now(), policies: NewPolicies(),
		failed: make(chan error, 1), reloads: make(chan string, 1), expiries: make(chan string, 1),
		quit: make(chan struct{}),
	}
	err := r.start()
	if err == nil {
		r.notify.ready()
		err = r.supervise(ctx)
	}
	return errors.Join(err, r.stop())
}

// ends names the ports, and the addresses of a VTEP; or the queues.
func (r *running) ends() string {
	ports := r.Config.Datapath.Ports
	if r.Config.Datapath.Mode == nfqueueMode {
		return r.Config.queueEnds()
	}
	if r.Config.Datapath.Mode == "vtep" {
		return strings.Join(r.Config.VTEP.Addresses, ", ") + " on " + strings.Join(ports, ", ")
	}
	if r.Config.taps() {
		return strings.Join(ports, ", ")
	}
	return strings.Join(ports, " <-> ")
}

// describe says in a line what the daemon does.
func (r *running) describe() string {
	d := &r.Config.Datapath
	p := r.inForce.Load()
	text := fmt.Sprintf("%s %s, policy %s (%d rules)", d.Mode, r.ends(), p.name, len(p.checked.Set.ACL))
	if r.Config.taps() {
		text += ", copies: nothing is sent or dropped"
	} else if p.checked.monitors() {
		text += ", monitor: nothing is dropped"
	}
	return text
}
