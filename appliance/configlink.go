package appliance

import "vxwall/appliance/link/afxdp"

var xdpModes = map[string]afxdp.Mode{"auto": afxdp.Auto, "native": afxdp.Native, "generic": afxdp.Generic}

var fallbacks = map[string]afxdp.Fallback{"drop": afxdp.Drop, "relay": afxdp.Relay}

// Link returns the configuration of the link in wire, vtep or tap mode. The configuration
// passed Check and CheckRun.
func (c *Config) Link() afxdp.Config {
	d := &c.Datapath
	cfg := afxdp.DefaultConfig()
	copy(cfg.Ports[:], d.Ports)
	if d.Mode == "vtep" {
		cfg.Own = c.own()
	}
	cfg.XDP = xdpModes[d.XDP]
	cfg.Workers = d.Workers
	cfg.VXLANPorts = d.VXLANPorts
	cfg.NotVXLAN = afxdp.Drop
	if c.Decap.NotVXLAN == "pass" {
		cfg.NotVXLAN = afxdp.Relay
	}
	cfg.OnDeath = fallbacks[d.OnDeath]
	cfg.OnDeathVNI = c.onDeath()
	cfg.Overload = fallbacks[d.Overload]
	cfg.Heartbeat = d.Heartbeat
	cfg.PollTimeout = min(cfg.PollTimeout, d.Heartbeat/2) // a worker without frames beats in time
	cfg.Offload = d.OffloadFlows
	if !d.Offload {
		cfg.Offload = 0
	}
	if c.taps() {
		c.asTap(&cfg)
	}
	cfg.Ring = d.Ring
	cfg.Pin = d.Pin
	return cfg
}
