package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
)

// VxwallVTEP is vxwall as a VTEP: frames from gen are for it, and leave for sink with
// another outer header. It is told behind which VTEP each MAC address is, as EVPN would;
// of the underlay it takes IPv4 alone.
type VxwallVTEP struct {
	Program string // path of vxwall
	Rules   int    // of the policy
	Offload bool
}

// Name says how the daemon is configured.
func (v VxwallVTEP) Name() string {
	if v.Offload {
		return "vxwall-vtep-offload"
	}
	return fmt.Sprintf("vxwall-vtep-%d", v.Rules)
}

// Ways is from gen, or sink, to the endpoint in wall that is near.
func (VxwallVTEP) Ways(t *Topology) (there, back Way) {
	there = Way{genVTEP.at(t.Port(Gen0)), eth1VTEP.at(t.Port(Eth1))}
	return there, Way{sinkVTEP.at(t.Port(Sink0)), eth2VTEP.at(t.Port(Eth2))}
}

// Start gives wall addresses and neighbours, then runs the daemon.
func (v VxwallVTEP) Start(ctx context.Context, t *Topology) (func() error, error) {
	var u undo
	err := t.Wall.Do(func() error {
		return errors.Join(
			address(&u, t.Port(Eth1), eth1VTEP.IP4), neighbour(&u, t.Port(Eth1), genVTEP.at(t.Port(Gen0))),
			address(&u, t.Port(Eth2), eth2VTEP.IP4), neighbour(&u, t.Port(Eth2), sinkVTEP.at(t.Port(Sink0))))
	})
	down := func() error { return t.Wall.Do(u.run) }
	if err != nil {
		return nil, errors.Join(err, down())
	}
	stop, err := onPorts(ctx, t, daemonFiles{program: v.Program, rules: v.Rules, configuration: func(dir string) []byte {
		return fmt.Appendf([]byte(v.configuration()), filesConfiguration, dir)
	}})
	if err != nil {
		return nil, errors.Join(err, down())
	}
	return func() error { return errors.Join(stop(), down()) }, nil
}

// configuration is the daemon's, but for its files.
func (v VxwallVTEP) configuration() string {
	var b bytes.Buffer
	fmt.Fprintf(&b, `[datapath]
mode        = "vtep"
ports       = ["eth1", "eth2"]
vxlan_ports = [4789]
xdp         = "auto"
workers     = 1
offload     = %t

[vtep]
addresses = ["%v", "%v"]

[[peer]]
name    = "gen"
address = "%v"

[[peer]]
name    = "sink"
address = "%v"
`, v.Offload, eth1VTEP.IP4, eth2VTEP.IP4, genVTEP.IP4, sinkVTEP.IP4)
	for i := range MaxVNIs {
		fmt.Fprintf(&b, "\n[[network]]\nid   = %d\nmacs = [{mac = \"%v\", peer = \"gen\"}, {mac = \"%v\", peer = \"sink\"}]\n", FirstVNI+i, clientMAC, serverMAC)
	}
	return b.String()
}
