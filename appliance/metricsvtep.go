package appliance

import "vxwall/appliance/admin"

// vtep sends the metrics of a VTEP; other modes have none.
func (e emitter) vtep(v *admin.VTEP) {
	if v == nil {
		return
	}
	ready := 0
	for i := range v.Peers {
		if v.Peers[i].Ready {
			ready++
		}
	}
	e.emit(mPeers, float64(ready), "true")
	e.emit(mPeers, float64(len(v.Peers)-ready), "false")
	e.emit(mFDB, float64(v.FDB.Static), admin.FromConfig)
	e.emit(mFDB, float64(v.FDB.Kernel), admin.FromKernel)
	e.emit(mFDB, float64(v.FDB.Learned), admin.FromPackets)
	e.count(mMoves, v.FDB.Moves)
	e.count(mFull, v.FDB.Full)
	e.count(mContradictions, v.FDB.Contradictions)
	e.count(mStrangers, v.Strangers)
	e.count(mVTEPCopies, v.Copies.Packets, "sent")
	e.count(mVTEPCopies, v.CopiesDropped, "dropped")
	e.count(mClamped, v.Clamped)
	e.count(mChanges, v.Changes)
}
