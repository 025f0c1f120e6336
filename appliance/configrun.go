package appliance

import "fmt"

// CheckRun returns what keeps a configuration that passed Check from being run:
// a replay needs less.
func (c *Config) CheckRun() (errs []KeyError) {
	wrong := func(key, format string, args ...any) {
		errs = append(errs, KeyError{key, fmt.Sprintf(format, args...)})
	}
	mode := c.Datapath.Mode
	if len(c.Tap.MirrorVNI)+len(c.Tap.MirrorPorts) > 0 && !c.taps() {
		wrong("tap.unwrap", "it has no meaning unless datapath.mode is \"tap\"")
	}
	if mode == nfqueueMode {
		errs = append(errs, c.checkRunNFQueue()...)
	} else if len(c.Datapath.Ports) == 0 {
		wrong("datapath.ports", "want the two network interfaces that the packets pass through, such as [\"eth1\", \"eth2\"]")
	}
	if mode != "vtep" {
		for key, n := range map[string]int{
			"vtep.addresses": len(c.VTEP.Addresses), "vtep.follow": len(c.VTEP.Follow),
			"peer": len(c.Peer), "network": len(c.Network), "side": len(c.Side),
		} {
			if n > 0 {
				wrong(key, "it has no meaning unless datapath.mode is \"vtep\"")
			}
		}
		if c.taps() {
			errs = append(errs, c.checkRunTap()...)
		}
		return errs
	}
	if len(c.VTEP.Addresses) == 0 {
		wrong("vtep.addresses", "want the addresses that peers send to, such as [\"192.0.2.1\"]")
	}
	if len(c.Peer) == 0 && len(c.VTEP.Follow) == 0 {
		wrong("vtep.follow", "nobody to send to: want [[peer]] tables, or VXLAN devices to follow")
	}
	if c.Decap.NotVXLAN != "pass" {
		wrong("decap.not_vxlan", "vtep mode leaves all that is not for it to the kernel, which would answer no ARP otherwise (expected pass)")
	}
	return errs
}
