package appliance

import "vxwall/appliance/admin"

// guard sends the metrics of the underlay guard, if there is one.
func (e emitter) guard(g *admin.Guard) {
	if g == nil {
		return
	}
	e.emit(mBindings, float64(g.MACs), "mac")
	e.emit(mBindings, float64(g.Addresses), "address")
	e.emit(mBindings, float64(g.VTEPs), "vtep")
	e.emit(mRoom, float64(g.Capacity))
	e.count(mBelieved, g.Moves)
	e.count(mNotLearned, g.NotLearned)
	for i := range g.SuspectBy {
		e.count(mSuspect, g.SuspectBy[i].Packets, g.SuspectBy[i].Reason)
	}
}
