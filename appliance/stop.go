package appliance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Limits of the time that things may take to end.
const (
	stopWithin   = 10 * time.Second // a worker, once the link is closed
	searchWithin = time.Second      // a search through the flows, of a client that is gone or another one
)

// stop ends what answers, then the workers, and closes all that was opened, newest
// first.
func (r *running) stop() error {
	r.notify.stopping()
	close(r.quit)
	var err error
	for _, s := range r.servers {
		err = errors.Join(err, s.close())
	}
	r.answering.Lock() // what is being answered still looks at workers and link
	r.awaitSearch()
	r.helpers.Wait()
	for _, cleanup := range slices.Backward(r.cleanups) {
		err = errors.Join(err, cleanup())
	}
	r.answering.Unlock()
	if r.link != nil {
		r.Log.Info("stopped: " + r.legacy())
	}
	return err
}

// awaitSearch waits until nobody looks through the flows, and takes flowsBusy. It reports
// false if that takes too long: a worker may hang.
func (r *running) awaitSearch() bool {
	for deadline := time.Now().Add(searchWithin); !r.flowsBusy.TryLock(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// closeLink has the link deliver what it has, and waits for the workers to end
// what is pending. Flows that end now are events too, and none of them is lost.
func (r *running) closeLink() error {
	if r.events != nil {
		r.events.Patient()
	}
	err := r.link.Close()
	if !r.working {
		return err
	}
	deadline := time.After(stopWithin)
	for _, w := range r.workers {
		select {
		case <-w.done:
		case <-deadline:
			r.stuck = true
			return errors.Join(err, fmt.Errorf("stop worker %d: it does not end", w.number))
		}
	}
	return err
}

// closeEvents writes what is left, unless a worker still has more.
func (r *running) closeEvents() error {
	if r.events == nil || r.stuck {
		return nil
	}
	err := r.events.Close()
	if lost := r.events.Lost(); lost > 0 {
		r.Log.Warn("events were lost", "lost", lost, "written", r.events.Written(), "error", err)
	}
	return nil
}

// legacy says what becomes of the packets from now on.
func (r *running) legacy() string {
	d := &r.Config.Datapath
	if d.Mode == nfqueueMode {
		return r.Config.queueLegacy()
	}
	if d.Pin == "" {
		return "the XDP program is gone with it (pin is empty), and the ports are not connected any more"
	}
	text := map[string]string{"relay": "relays VXLAN uninspected", "drop": "drops VXLAN"}[d.OnDeath]
	if d.Mode != "wire" && d.OnDeath == "relay" {
		text = "leaves VXLAN to the kernel"
	}
	if len(r.Config.VNI) > 0 {
		text += " ([[vni]] tables say otherwise for some VNIs)"
	}
	return fmt.Sprintf("the XDP program stays on %s and %s until the next start; `vxwall detach` removes it",
		strings.Join(d.Ports, " and "), text)
}
