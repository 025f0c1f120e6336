package appliance

import (
	"slices"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/inspect/guard"
	"vxwall/pipeline/flow"
)

const (
	// inquiryPause is between two inquiries: each looks at all offloaded flows.
	inquiryPause = 250 * time.Millisecond
	// recallPerAsk is how many flows a worker takes back at once.
	recallPerAsk = 256
	// tellings is how often the guard is told, within the age of a binding, who sends in
	// offloaded flows.
	tellings = 4
)

// offloadTeller is what a Link may be besides: one that knows who sends in the flows
// that it handles by itself.
type offloadTeller interface {
	// EachOffloaded calls f with each direction.
	EachOffloaded(f func(o *afxdp.Offloaded))
}

// settleDisputes asks the link, for senders that are said to have moved, whether
// they still speak from where they were, until the daemon stops. Their flows come to
// the workers again, where the guard hears them. Now and then it tells of all senders.
func (r *running) settleDisputes() {
	telling := time.NewTicker(r.guard.Age() / tellings)
	defer telling.Stop()
	for {
		select {
		case <-r.guard.Disputed():
			r.inquire()
		case <-telling.C:
			r.tellSenders()
		case <-r.quit:
			return
		}
		select {
		case <-time.After(inquiryPause):
		case <-r.quit:
			return
		}
	}
}

// eachSender calls f with who sends in each offloaded flow, and when he last did.
func (r *running) eachSender(f func(s *guard.Sender, o *afxdp.Offloaded)) {
	teller, ok := r.link.(offloadTeller)
	if !ok {
		return
	}
	teller.EachOffloaded(func(o *afxdp.Offloaded) {
		f(&guard.Sender{VNI: o.Key.VNI, MAC: o.MAC, Addr: o.Key.Src, VTEP: o.VTEP, Port: o.Port}, o)
	})
}

// tellSenders tells the guard whom it does not hear, so that what is bound to them
// does not age.
func (r *running) tellSenders() {
	r.eachSender(func(s *guard.Sender, o *afxdp.Offloaded) { r.guard.Heard(s, o.Last) })
}

func (r *running) inquire() {
	inquiry := r.guard.Inquire()
	var keys []flow.Key
	r.eachSender(func(s *guard.Sender, o *afxdp.Offloaded) {
		if inquiry.Heard(s, o.Last) {
			keys = append(keys, o.Key)
		}
	})
	done := make(chan struct{})
	go func() { // a worker that hangs does not answer
		defer close(done)
		r.recall(keys)
	}()
	select {
	case <-done:
		inquiry.Settle()
	case <-r.quit:
	}
}

// recall has the workers take flows back, whoever of them has them.
func (r *running) recall(keys []flow.Key) {
	for portion := range slices.Chunk(keys, recallPerAsk) {
		for _, w := range r.workers {
			w.Ask(func(t *flow.Table) { t.Recall(portion) })
		}
	}
}
