package segment

import "vxwall/pipeline"

var _ pipeline.Finalizer = (*inspector)(nil)

// Final implements pipeline.Finalizer. A judgement holds for all that shows the
// same groups and MAC addresses, unless more is to be learned about the flow's ends. DHCP is told
// by its payload: between its ports every packet is looked at.
func (i *inspector) Final(p *pipeline.Packet) bool {
	r := p.State()
	return r != nil && r.Judgement.Revision == i.Revision && !r.Judgement.Uncertain && !hasDHCPPorts(&p.Flow)
}
