package appliance

import (
	"fmt"
	"net/netip"
	"sync"

	"vxwall/appliance/underlay"
	"vxwall/pipeline/overlay"
)

// Follower follows the kernel: an underlay.Follower.
type Follower interface {
	SetPeers([]netip.Addr)
	Trouble() error
	Close()
}

// FollowKernel begins to follow the kernel, see underlay.Start. It is to be called by the thread
// whose network namespace has the ports.
type FollowKernel func(underlay.Config) (Follower, error)

// vtep is the overlay of a VTEP at work: it is made anew, and published to the
// workers, whenever the kernel or the configuration says something else.
type vtep struct {
	*overlay.Overlay
	watch    vtepWatch
	follower Follower

	mu      sync.Mutex
	cfg     *Config // in force
	state   *underlay.State
	spec    *vtepSpec // the last that was published
	err     error     // why the one after it was not
	changes uint64
}

// newVTEP makes one that knows nobody yet.
func newVTEP(c *Config) *vtep {
	t := &c.VTEP
	v := &vtep{cfg: c}
	v.Overlay = overlay.New(overlay.Config{
		Entries: t.Entries, PerNetwork: t.EntriesPerNetwork, Ageing: t.Ageing, Seed: randomSeed(), Watcher: &v.watch,
	})
	return v
}

// startVTEP fills the overlay, and follows the kernel from now on.
func (r *running) startVTEP() error {
	if r.vtep == nil {
		return nil
	}
	status, err := r.link.Status()
	if err != nil {
		return err
	}
	cfg := underlay.Config{Local: r.Config.own(), Peers: r.Config.peerAddresses(), Follow: r.Config.VTEP.Follow}
	for _, p := range status.Ports {
		if p.Name != "" {
			cfg.Ports = append(cfg.Ports, underlay.Port{Name: p.Name, Index: p.Index})
		}
	}
	v := r.vtep
	cfg.Publish = v.take
	follow := r.Follow
	if follow == nil {
		follow = func(c underlay.Config) (Follower, error) { return underlay.Start(c) }
	}
	if v.follower, err = follow(cfg); err != nil {
		return err
	}
	r.cleanup(func() error { v.follower.Close(); return nil })
	return nil
}

// peerAddresses are those of the [[peer]] tables.
func (c *Config) peerAddresses() []netip.Addr {
	list := make([]netip.Addr, len(c.Peer))
	for i := range c.Peer {
		list[i] = mustVTEP(c.Peer[i].Address)
	}
	return list
}

// take takes what the kernel says now.
func (v *vtep) take(state *underlay.State) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.state = state
	v.publish()
}

// configure puts another configuration in force.
func (v *vtep) configure(c *Config) {
	v.mu.Lock()
	v.cfg = c
	v.mu.Unlock()
	v.follower.SetPeers(c.peerAddresses()) // calls take, if the kernel says something else of these
	v.mu.Lock()
	defer v.mu.Unlock()
	v.publish()
}

// publish puts the overlay in force that configuration and kernel make together.
func (v *vtep) publish() {
	if v.state == nil {
		return
	}
	spec := overlaySpec(v.cfg, v.state)
	if v.err = v.Publish(&spec.Spec); v.err != nil {
		v.err = fmt.Errorf("the overlay stays as it was: %w", v.err)
		return
	}
	v.spec = spec
	v.changes++
}

// inForce is what is in force, for whoever tells of it.
func (v *vtep) inForce() (cfg *Config, spec *vtepSpec, changes uint64, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	err = v.err
	if trouble := v.follower.Trouble(); err == nil && trouble != nil {
		err = trouble
	}
	return v.cfg, v.spec, v.changes, err
}
