package appliance

import "reflect"

// reloadVTEP puts peers, networks and most of [vtep] of the configuration file in
// force. What is in use since the start stays until the next one: addresses, devices
// that are followed, the memory for what is learned.
func (r *running) reloadVTEP() {
	if r.vtep == nil || r.Reread == nil {
		return
	}
	file, problems, err := r.Reread()
	if err != nil || len(problems) > 0 {
		return // notInForce will say so
	}
	before, _, _, _ := r.vtep.inForce()
	next := *before
	next.Peer, next.Network, next.Side, next.VTEP = file.Peer, file.Network, file.Side, file.VTEP
	t, old := &next.VTEP, &before.VTEP
	t.Addresses, t.Follow, t.Entries, t.EntriesPerNetwork, t.Ageing = old.Addresses, old.Follow, old.Entries, old.EntriesPerNetwork, old.Ageing
	if reflect.DeepEqual(&next, before) || len(next.Check())+len(next.CheckRun()) > 0 {
		return
	}
	r.vtep.configure(&next)
	r.Log.Info("overlay reloaded", "peers", len(next.Peer), "networks", len(next.Network))
}

// configInForce is the configuration that is in force: that of the start, with what
// was reloaded since.
func (r *running) configInForce() *Config {
	if r.vtep == nil {
		return &r.Config
	}
	cfg, _, _, _ := r.vtep.inForce()
	return cfg
}
