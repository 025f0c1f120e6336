package load

import (
	"context"
	"errors"
	"fmt"
	"os"

	"vxwall/appliance/link/nfqueue"
)

// queued is embedded by systems that judge what the kernel of wall forwards, by NFQUEUE:
// wall is a router between gen and sink.
type queued struct{}

// Ways is from gen to the router, and from sink; the tunnel endpoints are gen and sink.
func (queued) Ways(t *Topology) (there, back Way) {
	gen, sink := genVTEP.at(t.Port(Gen0)), sinkVTEP.at(t.Port(Sink0))
	return Way{gen, sinkVTEP.at(t.Port(Eth1))}, Way{sink, genVTEP.at(t.Port(Eth2))}
}

// route makes wall the router.
func (queued) route(u *undo, t *Topology) error {
	return t.Wall.Do(func() error {
		for _, s := range []struct {
			port        *Port
			local, peer VTEP
		}{
			{t.Port(Eth1), eth1VTEP, genVTEP.at(t.Port(Gen0))},
			{t.Port(Eth2), eth2VTEP, sinkVTEP.at(t.Port(Sink0))},
		} {
			if err := address(u, s.port, s.local.IP4); err != nil {
				return err
			}
			if err := neighbour(u, s.port, s.peer); err != nil {
				return err
			}
		}
		u.add(func() error { return forward("0") })
		return forward("1")
	})
}

// forward has the current namespace forward packets, "1", or not, "0".
func forward(on string) error {
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_forward", []byte(on), 0); err != nil {
		return fmt.Errorf("make a router: %w", err)
	}
	return nil
}

// inWall runs what was to be undone in wall's namespace.
func (queued) inWall(u *undo, t *Topology) func() error {
	return func() error { return t.Wall.Do(u.run) }
}

// VxwallQueue is the real daemon in nfqueue mode, on the router.
type VxwallQueue struct {
	queued
	Program string // path of vxwall
	Rules   int    // of the policy
}

// Name is "vxwall-nfqueue".
func (VxwallQueue) Name() string { return "vxwall-nfqueue" }

// queueConfiguration is the daemon's in nfqueue mode, but for its files.
const queueConfiguration = `[datapath]
mode        = "nfqueue"
vxlan_ports = [4789]
`

// Start makes the router and runs the daemon until it is ready.
func (v VxwallQueue) Start(ctx context.Context, t *Topology) (func() error, error) {
	var routes, u undo
	u.add(v.inWall(&routes, t))
	if err := v.route(&routes, t); err != nil {
		return u.orUndo(err)
	}
	u.add(func() error { return t.Wall.Do(nfqueue.Remove) })
	files := func(dir string) []byte { return fmt.Appendf([]byte(queueConfiguration), filesConfiguration, dir) }
	if err := runVxwall(ctx, &u, t, daemonFiles{program: v.Program, rules: v.Rules, configuration: files}); err != nil {
		return u.orUndo(err)
	}
	return u.orUndo(t.Settle())
}

// SuricataQueue is Suricata inline by NFQUEUE, without a single rule, on the router.
type SuricataQueue struct{ queued }

// Name is "suricata-nfqueue".
func (SuricataQueue) Name() string { return "suricata-nfqueue" }

// suricataNFQ gives verdicts in batches, which Suricata does not by default.
const suricataNFQ = `nfq: { mode: accept, batchcount: 20, fail-open: no }
`

// Start makes the router, has it queue VXLAN and runs Suricata until its engine has started.
func (s SuricataQueue) Start(ctx context.Context, t *Topology) (func() error, error) {
	var routes, u undo
	u.add(s.inWall(&routes, t))
	if err := s.route(&routes, t); err != nil {
		return u.orUndo(err)
	}
	u.add(func() error { return t.Wall.Do(nfqueue.Remove) })
	if err := t.Wall.Do(queueForward); err != nil {
		return u.orUndo(err)
	}
	if err := runSuricata(ctx, &u, t, noRules, suricataNFQ, "-q", "4789"); err != nil {
		return u.orUndo(err)
	}
	return u.orUndo(t.Settle())
}

// queueForward queues the VXLAN that the current namespace forwards.
func queueForward() error {
	cfg := nfqueue.DefaultConfig()
	cfg.OnDeath = nfqueue.Drop
	if err := nfqueue.Install(&cfg); err != nil {
		return errors.Join(ErrNotInstalled, err)
	}
	return nil
}
