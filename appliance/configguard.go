package appliance

import (
	"net/netip"
	"time"

	"vxwall/inspect/guard"
	"vxwall/pipeline"
)

// GuardConfig is the [guard] table: where packets may come from.
type GuardConfig struct {
	Mode        string        `toml:"mode"`
	Nested      string        `toml:"nested"`
	Addresses   string        `toml:"addresses"`
	Gateways    []string      `toml:"gateways"`
	Bindings    int           `toml:"bindings"`
	Age         time.Duration `toml:"age"`
	MoveAfter   time.Duration `toml:"move_after"`
	Moves       int           `toml:"moves"`
	MovesWithin time.Duration `toml:"moves_within"`
	ReportEvery time.Duration `toml:"report_every"`

	VTEP    []GuardVTEPConfig    `toml:"vtep"`
	VNI     []GuardVNIConfig     `toml:"vni"`
	Binding []GuardBindingConfig `toml:"binding"`
}

// GuardVTEPConfig is one of the [[guard.vtep]] tables: VTEPs that may carry VNIs.
type GuardVTEPConfig struct {
	VNI    []any    `toml:"vni"`
	VTEPs  []string `toml:"vteps"`
	Groups []string `toml:"groups"`
}

// GuardVNIConfig is one of the [[guard.vni]] tables: what is different for some
// VNIs.
type GuardVNIConfig struct {
	ID     []any  `toml:"id"`
	Mode   string `toml:"mode"`
	Nested string `toml:"nested"`
}

// GuardBindingConfig is one of the [[guard.binding]] tables: a workload that is
// where it is.
type GuardBindingConfig struct {
	VNI       int      `toml:"vni"`
	MAC       string   `toml:"mac"`
	VTEP      string   `toml:"vtep"`
	Addresses []string `toml:"addresses"`
}

var guardModes = map[string]guard.Mode{"off": guard.Off, "learn": guard.Learn, "enforce": guard.Enforce}

var guardSources = map[string]guard.Sources{"off": guard.NoSource, "arp": guard.Resolution, "packets": guard.Packets}

// allowNested is what nested = … means.
var allowNested = map[string]bool{"refuse": false, "allow": true}

// defaultGuard has the defaults of [guard].
func defaultGuard() GuardConfig {
	d := guard.Default()
	return GuardConfig{
		Mode: "off", Nested: "refuse", Addresses: "arp", Gateways: []string{}, Bindings: d.Bindings, Age: d.Age,
		MoveAfter: d.MoveAfter, Moves: d.Moves, MovesWithin: d.MovesWithin, ReportEvery: d.ReportEvery,
	}
}

// guarded says whether the guard has anything to do.
func (g *GuardConfig) guarded() bool {
	for i := range g.VNI {
		if g.VNI[i].Mode != "off" {
			return true
		}
	}
	return g.Mode != "off"
}

// addGuard makes the guard of a configuration that passed Check, nil if it asks for
// none, and has the pipeline ask it. secluded says that flows may be offloaded.
func (c *Config) addGuard(p *pipeline.Config, secluded bool) *guard.Guard {
	if !c.Guard.guarded() {
		return nil
	}
	cfg := c.Guard.compile()
	cfg.Secluded, cfg.Seed = secluded, p.Flow.Seed
	switch c.Datapath.Mode {
	case "wire":
		cfg.Wire = true
	case "vtep":
		cfg.Own = parseAddrs(c.VTEP.Addresses)
	}
	g := guard.New(cfg)
	p.Guard = g
	return g
}

// compile turns the table into what package guard takes.
func (g *GuardConfig) compile() guard.Config {
	cfg := guard.Config{
		Mode: guardModes[g.Mode], AllowNested: allowNested[g.Nested], Addresses: guardSources[g.Addresses], Bindings: g.Bindings,
		Age: g.Age, MoveAfter: g.MoveAfter, Moves: g.Moves, MovesWithin: g.MovesWithin, ReportEvery: g.ReportEvery,
	}
	for _, text := range g.Gateways {
		mac, _ := parseMAC(text)
		cfg.Gateways = append(cfg.Gateways, mac)
	}
	for i := range g.VTEP {
		t := &g.VTEP[i]
		cfg.VTEPs = append(cfg.VTEPs, guard.Allowed{VNIs: guardVNIs(t.VNI), VTEPs: guardPrefixes(t.VTEPs), Groups: guardPrefixes(t.Groups)})
	}
	for i := range g.VNI {
		t := &g.VNI[i]
		nested := t.Nested
		if nested == "" {
			nested = g.Nested
		}
		cfg.Networks = append(cfg.Networks, guard.Network{VNIs: guardVNIs(t.ID), Mode: guardModes[t.Mode], AllowNested: allowNested[nested]})
	}
	for i := range g.Binding {
		cfg.Static = append(cfg.Static, g.Binding[i].compile())
	}
	return cfg
}

func (b *GuardBindingConfig) compile() guard.Binding {
	static := guard.Binding{VNI: uint32(b.VNI), Addresses: parseAddrs(b.Addresses)}
	static.MAC, _ = parseMAC(b.MAC)
	static.VTEP, _ = netip.ParseAddr(b.VTEP)
	return static
}

func guardVNIs(ids []any) (list []guard.Range) {
	for _, id := range ids {
		r, _ := parseVNIs(id)
		list = append(list, guard.Range{Lo: r.Lo, Hi: r.Hi})
	}
	return list
}

// guardPrefixes reads prefixes, of which some are single addresses.
func guardPrefixes(texts []string) (list []netip.Prefix) {
	for _, text := range texts {
		if p, err := parseHost(text); err == nil {
			list = append(list, p)
		}
	}
	return list
}

func parseAddrs(texts []string) (list []netip.Addr) {
	for _, text := range texts {
		if a, err := netip.ParseAddr(text); err == nil {
			list = append(list, a.Unmap())
		}
	}
	return list
}
