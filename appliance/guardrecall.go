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
)

// offloadTeller is what a Link may be besides: one that knows who sends in the flows
// that it handles by itself.
type offloadTeller interface {
	// EachOffloaded calls f with each direction.
	EachOffloaded(f func(o *afxdp.Offloaded))
}

// settleDisputes asks the link, for senders that are said to have moved, whether
// they still speak from where they were, until the daemon stops. Their flows come to
// the workers again, where the guard hears them.
func (r *running) settleDisputes() {
	for {
		select {
		case <-r.guard.Disputed():
			r.inquire()
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

func (r *running) inquire() {
	inquiry := r.guard.Inquire()
	var keys []flow.Key
	if teller, ok := r.link.(offloadTeller); ok {
		teller.EachOffloaded(func(o *afxdp.Offloaded) {
			sender := guard.Sender{VNI: o.Key.VNI, MAC: o.MAC, Addr: o.Key.Src, VTEP: o.VTEP, Port: o.Port}
			if inquiry.Heard(&sender, o.Last) {
				keys = append(keys, o.Key)
			}
		})
	}
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
