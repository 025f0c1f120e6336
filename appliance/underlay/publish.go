package underlay

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
)

// publish publishes the state unless it is as before.
func (f *Follower) publish() {
	f.publishing.Lock()
	defer f.publishing.Unlock()
	f.mu.Lock()
	next := f.look()
	same := f.state != nil && f.state.equal(next)
	if !same {
		f.state = next
	}
	f.mu.Unlock()
	if !same {
		f.cfg.Publish(next)
		f.poke() // new next hops are asked for at once
	}
}

// look makes a state of what the kernel told.
func (f *Follower) look() *State {
	s := &State{Hops: map[netip.Addr]Hop{}, Entries: f.mirror.entries()}
	s.Devices = f.mirror.deviceStates(s.Entries)
	peers := peersOf(f.peers, s.Entries)
	maps.DeleteFunc(f.routes, func(peer netip.Addr, _ route) bool { return !peers[peer] })
	for peer := range peers {
		r, known := f.routes[peer]
		if f.stale || !known {
			r = f.router.ask(peer)
			f.routes[peer] = r
		}
		s.Hops[peer] = f.mirror.hop(&r, f.cfg.Ports)
	}
	f.stale = false
	return s
}

func (s *State) equal(other *State) bool {
	return maps.Equal(s.Hops, other.Hops) && slices.Equal(s.Entries, other.Entries) && slices.Equal(s.Devices, other.Devices)
}

// poke has the kernel ask for next hops that need it.
func (f *Follower) poke() {
	f.mu.Lock()
	defer f.mu.Unlock()
	asked := map[nextHop]bool{}
	f.mute = nil
	for _, r := range f.routes {
		hop := nextHop{r.index, r.next}
		if r.trouble != "" || asked[hop] || !slices.ContainsFunc(f.cfg.Ports, func(p Port) bool { return p.Index == r.index }) {
			continue
		}
		asked[hop] = true
		if err := f.mirror.poke(&f.router, hop); err != nil {
			f.mute = fmt.Errorf("keep next hop %v: %w", hop.addr, err)
		}
	}
}
