package appliance

import (
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline/overlay"
)

const (
	// hearings is how often what was learned hears of offloaded senders while it ages.
	hearings = 4
	// hearEvery is the longest time between two: each looks at all offloaded flows.
	hearEvery = 10 * time.Second
)

// hearOffloaded tells the overlay, until the daemon stops, who sends in flows that the link
// handles by itself: where they are must not be forgotten while they speak.
func (r *running) hearOffloaded() {
	teller, ok := r.link.(offloadTeller)
	if !ok {
		return
	}
	tick := time.NewTicker(min(r.Config.VTEP.Ageing/hearings, hearEvery))
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			teller.EachOffloaded(r.vtep.hear)
		case <-r.quit:
			return
		}
	}
}

// hear notes who sends in an offloaded flow. From what is dropped nothing is learned.
func (v *vtep) hear(o *afxdp.Offloaded) {
	if o.Forward && o.Last > 0 {
		v.Refresh(&overlay.Sender{Network: o.Key.VNI, MAC: o.MAC, VTEP: o.VTEP, Port: o.VTEPPort}, o.Last)
	}
}
