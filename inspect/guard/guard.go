package guard

import (
	"encoding/binary"
	"net/netip"
	"time"

	"vxwall/pipeline"
)

// maxVTEPs is how many VTEPs are remembered with their port.
const maxVTEPs = 1 << 12

// MaxGateways is the largest number of Config.Gateways.
const MaxGateways = 64

// Guard is what all workers share. Any goroutine may use its methods.
type Guard struct {
	cfg      Config
	allowed  *allowed
	own      spans
	gateways []uint64

	macs      *table // MAC address -> VTEP
	addresses *table // IP address -> MAC address
	ports     *table // VTEP -> port
	seclusion seclusion
}

var _ pipeline.Guard = (*Guard)(nil)

// New makes a guard. The configuration is within the bounds named with it.
func New(cfg Config) *Guard {
	g := &Guard{cfg: cfg, allowed: compileAllowed(cfg.VTEPs), seclusion: seclusion{wake: make(chan struct{}, 1)}}
	var own []netip.Prefix
	for _, a := range cfg.Own {
		own = append(own, netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen()))
	}
	g.own = spansOf(own)
	for _, mac := range cfg.Gateways {
		g.gateways = append(g.gateways, macNumber(mac[:]))
	}
	for !g.makeTables() { // there is no place for a static binding: other hashes
		g.cfg.Seed[0] += 0x9e3779b97f4a7c15
	}
	return g
}

// makeTables makes the tables with the bindings of the configuration. It reports
// false if one of these has no place.
func (g *Guard) makeTables() bool {
	c := &g.cfg
	rules := rules{
		age: int64(c.Age), moveAfter: int64(c.MoveAfter), movesWithin: int64(c.MovesWithin),
		reportEvery: int64(c.ReportEvery), moves: c.Moves, secluded: c.Secluded,
	}
	g.macs = newTable(c.Bindings, rules, c.Seed, &g.seclusion)
	g.addresses = newTable(c.Bindings, rules, c.Seed, &g.seclusion)
	g.ports = newTable(maxVTEPs, rules, c.Seed, &g.seclusion)
	for i := range c.Static {
		if !g.addStatic(&c.Static[i]) {
			return false
		}
	}
	return true
}

// addStatic adds a binding of the configuration.
func (g *Guard) addStatic(b *Binding) bool {
	network, mac, fits := networkOf(b.VNI, 0), macSubject(b.MAC), true
	if b.VTEP.IsValid() {
		fits = g.macs.bind(network, mac, b.VTEP.As16())
	}
	for _, a := range b.Addresses {
		fits = fits && g.addresses.bind(network, a.As16(), mac)
	}
	return fits
}

// gateway says whether a MAC address is one of the configured ones.
func (g *Guard) gateway(subject *[16]byte) bool {
	if len(g.gateways) == 0 {
		return false
	}
	n := macNumber(subject[:6])
	for _, other := range g.gateways {
		if n == other {
			return true
		}
	}
	return false
}

func macNumber(mac []byte) uint64 {
	return uint64(binary.BigEndian.Uint32(mac))<<16 | uint64(binary.BigEndian.Uint16(mac[4:]))
}

// Mode is what holds where no network says otherwise.
func (g *Guard) Mode() Mode { return g.cfg.Mode }

// Age is Config.Age: how often whoever handles packets that the guard does not see has
// to say so, see Heard.
func (g *Guard) Age() time.Duration { return g.cfg.Age }

// Stats are counts for people and metrics.
type Stats struct {
	MACs, Addresses, VTEPs int    // bindings, those that will be forgotten next included
	MACMoves, AddressMoves uint64 // that were believed
	PortMoves              uint64
	NotLearned             uint64 // bindings for which there was no room
	Capacity               int    // of MACs, and of Addresses
}

// Stats returns the counts.
func (g *Guard) Stats() Stats {
	return Stats{
		MACs: g.macs.count(), Addresses: g.addresses.count(), VTEPs: g.ports.count(),
		MACMoves: g.macs.moved.Load(), AddressMoves: g.addresses.moved.Load(), PortMoves: g.ports.moved.Load(),
		NotLearned: g.macs.refused.Load() + g.addresses.refused.Load() + g.ports.refused.Load(),
		Capacity:   g.cfg.Bindings,
	}
}
