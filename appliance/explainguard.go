package appliance

import (
	"fmt"
	"net"

	"vxwall/pipeline"
)

// guardSteps says what the guard found of the packet. A packet that no table of it
// knows anything of is fine.
func (f *fate) guardSteps(guarded bool) (steps []Step) {
	if !guarded || f.packet != nil && f.packet.Stage() == pipeline.StageDecap && len(f.findings) == 0 {
		return nil
	}
	if len(f.findings) == 0 {
		return []Step{{"guard", "ok", "nothing speaks against where it comes from"}}
	}
	for i := range f.findings {
		found := &f.findings[i]
		result := "reported"
		switch {
		case found.Accepted:
			result = "accepted"
		case found.Enforce:
			result = "drop"
		}
		steps = append(steps, Step{"guard", result, found.Reason.String() + ": " + findingText(found)})
	}
	return steps
}

// findingText says in a sentence what the guard found.
func findingText(f *pipeline.Finding) string {
	mac := func(a [16]byte) net.HardwareAddr { return a[:6] }
	switch f.Reason {
	case pipeline.MACMoved:
		return fmt.Sprintf("MAC address %v is behind VTEP %v, and comes from %v", mac(f.Subject), addr(f.Old), addr(f.New))
	case pipeline.AddressMoved:
		return fmt.Sprintf("IP address %v belongs to MAC address %v, and %v speaks for it", addr(f.Subject), mac(f.Old), mac(f.New))
	case pipeline.VTEPBothPorts:
		return fmt.Sprintf("VTEP %v is at port %d of the wire, and comes in at port %d", addr(f.Subject), f.Old[15], f.New[15])
	case pipeline.NestedTunnel:
		return f.Reason.Meaning()
	}
	return fmt.Sprintf("VTEP %v: %s", addr(f.Subject), f.Reason.Meaning())
}
