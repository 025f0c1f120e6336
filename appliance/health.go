package appliance

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	healthEvery = 200 * time.Millisecond
	// unhealthyAfter is how long a worker may be silent: it is asked twice a second.
	unhealthyAfter = 3 * probeEvery
	healthTimeout  = 5 * time.Second // of a prober that does not ask
	maxProbers     = 64              // at a time
)

// probeHealth answers health probes while the data plane works. While it does not,
// the port is closed: a probe that only connects must see it, too.
func (r *running) probeHealth() {
	tick := time.NewTicker(healthEvery)
	defer tick.Stop()
	var server *http.Server
	stop := func() {
		if server != nil {
			server.Close()
		}
		server = nil
	}
	defer stop()
	for failed := error(nil); ; {
		err := r.health()
		if err == nil && server == nil {
			server, err = r.serveHealth()
		} else if err != nil {
			stop()
		}
		if fmt.Sprint(err) != fmt.Sprint(failed) {
			r.Log.Warn("health", "failing", err)
		}
		failed = err
		select {
		case <-tick.C:
		case <-r.quit:
			return
		}
	}
}

// health says why the data plane does not work, nil if it does.
func (r *running) health() error {
	now := time.Now()
	for _, w := range r.workers {
		if silent := w.silent(now); silent > unhealthyAfter {
			return fmt.Errorf("worker %d has not moved", w.number)
		}
	}
	if ports := r.ports.Load(); ports != nil && len(*ports) > 0 {
		return fmt.Errorf("%s", (*ports)[0])
	}
	if r.vtep != nil && !r.vtep.reachesAnyone() {
		return fmt.Errorf("no peer can be reached")
	}
	return nil
}

// serveHealth opens the port.
func (r *running) serveHealth() (*http.Server, error) {
	l, err := net.Listen("tcp", r.Config.Health.Listen)
	if err != nil {
		return nil, fmt.Errorf("listen for health probes: %w", err)
	}
	server := &http.Server{
		ReadTimeout: healthTimeout, WriteTimeout: healthTimeout, MaxHeaderBytes: 4096, ConnState: newest(maxProbers),
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "ok\n") }),
	}
	server.SetKeepAlivesEnabled(false)
	r.helpers.Go(func() { _ = server.Serve(l) })
	return server, nil
}

// newest closes the oldest connection beyond a limit: whoever connects and does not ask,
// from anywhere in the network, neither takes all file descriptors nor keeps probers out.
func newest(limit int) func(net.Conn, http.ConnState) {
	var mu sync.Mutex
	var conns []net.Conn
	return func(c net.Conn, state http.ConnState) {
		mu.Lock()
		defer mu.Unlock()
		switch state {
		case http.StateNew:
			if conns = append(conns, c); len(conns) > limit {
				conns[0].Close()
				conns = slices.Delete(conns, 0, 1)
			}
		case http.StateClosed:
			if i := slices.Index(conns, c); i >= 0 {
				conns = slices.Delete(conns, i, i+1)
			}
		}
	}
}

// reachesAnyone says whether frames can be sent to some peer.
func (v *vtep) reachesAnyone() bool {
	_, spec, _, _ := v.inForce()
	if spec == nil {
		return false
	}
	for i := range spec.Peers {
		if spec.Peers[i].NextHop != [6]byte{} {
			return true
		}
	}
	return false
}
