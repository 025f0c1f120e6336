package appliance

import (
	"context"
	"syscall"
	"time"
)

// supervisePeriod is how often the daemon looks after itself.
const supervisePeriod = time.Second

// supervise looks after the daemon until the context ends, which is no error, or
// a worker or a port fails.
func (r *running) supervise(ctx context.Context) error {
	tick := time.NewTicker(supervisePeriod)
	defer tick.Stop()
	watchdog, stop := ticker(r.notify.period())
	defer stop()
	r.look()
	for {
		select {
		case <-ctx.Done():
			r.Log.Info("stopping: asked to")
			return nil
		case err := <-r.failed:
			r.Log.Error("stopping: it cannot go on", "error", err)
			return err
		case s := <-r.Signals:
			r.reopenEvents()
			if s == syscall.SIGHUP {
				request(r.reloads, "SIGHUP")
			}
		case <-watchdog:
			r.tellAlive()
		case <-tick.C:
			r.look()
		}
	}
}

// ticker is a time.Ticker, or one that never ticks for 0.
func ticker(period time.Duration) (<-chan time.Time, func()) {
	if period <= 0 {
		return nil, func() {}
	}
	t := time.NewTicker(period)
	return t.C, t.Stop
}

// tellAlive tells the service manager's watchdog that all workers live. If one
// does not, it will restart the daemon.
func (r *running) tellAlive() {
	for _, w := range r.workers {
		if w.silent(time.Now()) > silentAfter {
			return
		}
	}
	r.notify.alive()
}

// look notes what goes wrong, tells the service manager how things are, and asks
// for a new policy once a rule has expired.
func (r *running) look() {
	s := r.snapshot()
	r.alarms.note(s)
	status := r.describe()
	attention := r.attention(s)
	if len(attention) > 0 {
		status = attention[0] + "; " + status
	}
	r.logAttention(attention)
	r.notify.tellStatus(status)
	if r.expired(s.time) {
		request(r.expiries, whyExpiry)
	}
}

// watchPorts looks at the ports until the daemon stops. Without one of them it is of
// no use: who started it starts it again, until the port is back. The kernel may
// take seconds to answer while a driver is busy, which must not keep the supervisor.
func (r *running) watchPorts() {
	tick := time.NewTicker(supervisePeriod)
	defer tick.Stop()
	for {
		trouble, err := r.link.Check()
		r.ports.Store(&trouble)
		if err != nil {
			r.fail(err)
		}
		select {
		case <-tick.C:
		case <-r.quit:
			return
		}
	}
}

// fail has the daemon stop. One error is enough.
func (r *running) fail(err error) {
	select {
	case r.failed <- err:
	default:
	}
}

// reopenEvents opens the event log anew: what rotates logs has moved it.
func (r *running) reopenEvents() {
	if r.eveFile == nil {
		return
	}
	if err := r.eveFile.Reopen(); err != nil {
		r.Log.Error("the event log is not opened anew", "error", err)
	}
}
