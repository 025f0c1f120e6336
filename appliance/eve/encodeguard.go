package eve

import "vxwall/pipeline"

// appendGuard appends what the guard found: who speaks, where that is known to be,
// and from where it comes now.
func appendGuard(o *object, f *pipeline.Finding) {
	o.sub("guard")
	o.text("kind", f.Reason.String())
	o.text("action", guardAction(f))
	switch f.Reason {
	case pipeline.MACMoved:
		o.mac("mac", [6]byte(f.Subject[:6]))
		o.addr("old_vtep", f.Old)
		o.addr("new_vtep", f.New)
	case pipeline.AddressMoved:
		o.addr("ip", f.Subject)
		o.mac("old_mac", [6]byte(f.Old[:6]))
		o.mac("new_mac", [6]byte(f.New[:6]))
	case pipeline.VTEPBothPorts:
		o.addr("vtep", f.Subject)
		o.uint("old_port", uint64(f.Old[15]))
		o.uint("new_port", uint64(f.New[15]))
	case pipeline.NestedTunnel:
		o.mac("mac", [6]byte(f.Subject[:6]))
		o.addr("vtep", f.New)
	default:
		o.addr("vtep", f.Subject)
	}
	if f.Missed > 0 {
		o.uint("more", uint64(f.Missed))
	}
	o.close()
}

// guardAction is what becomes of the packet, as far as the guard decides it: a policy
// that only monitors drops nothing.
func guardAction(f *pipeline.Finding) string {
	switch {
	case f.Accepted:
		return "accepted"
	case f.Enforce:
		return "refused"
	}
	return "reported"
}
