package pipeline

// Guard checks where packets come from: whether a tunnel may carry its network,
// and whether a workload speaks from where it is known to be. Workers share it.
type Guard interface {
	// Watcher returns the part that one worker uses.
	Watcher() Watcher
}

// Watcher is a Guard's scratch space for one worker, used by one goroutine. Like
// an Inspector it must not keep a packet or a slice of it, allocate or block.
type Watcher interface {
	// Check looks at a packet whose headers are sound, before it may begin or touch
	// a flow. What it found is borrowed until the next call; nil means that nothing
	// is to be said of the packet. At most the last finding speaks against it.
	Check(p *Packet) []Finding
	// Nested is asked of a tunnel inside the tunnel that the stages let pass.
	Nested(p *Packet) []Finding
}

// Finding is what a Guard has to say of a packet. Reason says what the addresses
// are: Subject is a VTEP, or for MACMoved a MAC address (the first six bytes), for
// AddressMoved an IP address. Old is where it is known to be, New from where
// it speaks: VTEPs, for AddressMoved MAC addresses, for VTEPBothPorts the number of
// a port in the last byte.
type Finding struct {
	Reason   Reason
	Accepted bool // a move that is believed: the packet passes
	Enforce  bool // the packet is to be dropped, unless Accepted
	Report   bool // worth an event; others like it are only counted
	Missed   uint32

	Subject, Old, New [16]byte
}

// guarded has the guard look at a packet. pass says whether the packet may go on,
// clean whether nothing speaks against it.
func (w *Worker) guarded(p *Packet) (pass, clean bool) {
	if w.watcher == nil {
		return true, true
	}
	return w.heed(p, w.watcher.Check(p))
}

// heed acts on findings.
func (w *Worker) heed(p *Packet, findings []Finding) (pass, clean bool) {
	for i := range findings {
		f := &findings[i]
		if f.Report {
			w.observer.Found(p, f)
		}
		switch {
		case f.Accepted:
		case f.Enforce:
			p.refuse(StageGuard, f.Reason)
			return false, false
		default:
			w.counters.Suspected[f.Reason].add(p)
			return true, false
		}
	}
	return true, true
}
