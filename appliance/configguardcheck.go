package appliance

import (
	"fmt"
	"net/netip"
	"time"

	"vxwall/inspect/guard"
)

// guardCheck collects what is wrong with [guard].
type guardCheck struct {
	*GuardConfig
	errs     []KeyError
	prefixes int
	static   int
	bound    map[string]bool
}

func (c *Config) checkGuard() []KeyError {
	g := &guardCheck{GuardConfig: &c.Guard, bound: map[string]bool{}}
	for key, d := range map[string]struct{ value, min, max time.Duration }{
		"guard.age":          {g.Age, 5 * time.Minute, 720 * time.Hour},
		"guard.move_after":   {g.MoveAfter, 100 * time.Millisecond, time.Hour},
		"guard.moves_within": {g.MovesWithin, time.Second, 24 * time.Hour},
		"guard.report_every": {g.ReportEvery, time.Second, 24 * time.Hour},
	} {
		if d.value < d.min || d.value > d.max {
			g.wrong(key, "%v is not within %v to %v", d.value, d.min, d.max)
		}
	}
	if len(g.Gateways) > guard.MaxGateways {
		g.wrong("guard.gateways", "more than %d", guard.MaxGateways)
	}
	for i, text := range g.Gateways {
		g.mac(fmt.Sprintf("guard.gateways.%d", i), text)
	}
	for i := range g.VTEP {
		g.checkVTEPs(&g.VTEP[i], fmt.Sprintf("guard.vtep.%d", i))
	}
	for i := range g.VNI {
		g.checkVNI(&g.VNI[i], fmt.Sprintf("guard.vni.%d", i))
	}
	for i := range g.Binding {
		g.checkBinding(&g.Binding[i], fmt.Sprintf("guard.binding.%d", i))
	}
	if most := g.Bindings / guard.MaxStatic; g.static > most {
		g.wrong("guard.bindings", "%d leaves room for %d addresses in [[guard.binding]] tables: they have %d", g.Bindings, most, g.static)
	}
	return g.errs
}

func (g *guardCheck) wrong(key, format string, args ...any) {
	g.errs = append(g.errs, KeyError{key, fmt.Sprintf(format, args...)})
}

func (g *guardCheck) mac(key, text string) {
	if _, ok := parseMAC(text); !ok {
		g.wrong(key, "%q is no MAC address of a host, such as 02:00:00:00:00:01", text)
	}
}

func (g *guardCheck) vnis(key string, ids []any) {
	for n, id := range ids {
		if _, err := parseVNIs(id); err != nil {
			g.wrong(fmt.Sprintf("%s.%d", key, n), "%v", err)
		}
	}
}

func (g *guardCheck) checkVTEPs(t *GuardVTEPConfig, key string) {
	g.vnis(key+".vni", t.VNI)
	if len(t.VTEPs) == 0 {
		g.wrong(key+".vteps", `missing (expected prefixes, such as ["192.0.2.0/24", "2001:db8::/64"])`)
	}
	g.checkPrefixes(key+".vteps", t.VTEPs, false)
	g.checkPrefixes(key+".groups", t.Groups, true)
}

func (g *guardCheck) checkPrefixes(key string, texts []string, group bool) {
	g.prefixes += len(texts)
	if g.prefixes > guard.MaxPrefixes {
		g.wrong(key, "more than %d prefixes in all [[guard.vtep]] tables", guard.MaxPrefixes)
	}
	for n, text := range texts {
		at := fmt.Sprintf("%s.%d", key, n)
		p, err := parseHost(text)
		switch {
		case err != nil || text == "":
			g.wrong(at, "%q is no address or prefix, such as 192.0.2.1 or 2001:db8::/64", text)
		case p.Masked() != p:
			g.wrong(at, "%q has bits behind its length (expected %v)", text, p.Masked())
		case group && !p.Addr().IsMulticast():
			g.wrong(at, "%q is no multicast group", text)
		case !group && p.Addr().IsMulticast():
			g.wrong(at, "%q is a multicast group: those stand under groups", text)
		}
	}
}

func (g *guardCheck) checkVNI(t *GuardVNIConfig, key string) {
	if len(t.ID) == 0 {
		g.wrong(key+".id", `missing (expected VNIs, such as [100, "200-299"])`)
	}
	g.vnis(key+".id", t.ID)
	if _, ok := guardModes[t.Mode]; !ok {
		g.wrong(key+".mode", "%q is none of off, learn, enforce", t.Mode)
	}
	if _, ok := allowNested[t.Nested]; !ok && t.Nested != "" {
		g.wrong(key+".nested", "%q is none of refuse, allow", t.Nested)
	}
}

func (g *guardCheck) checkBinding(b *GuardBindingConfig, key string) {
	if b.VNI < 0 || b.VNI > maxVNI {
		g.wrong(key+".vni", "%d is not within 0 to %d", b.VNI, maxVNI)
	}
	g.mac(key+".mac", b.MAC)
	if b.VTEP != "" {
		g.host(key+".vtep", b.VTEP)
		g.claim(key+".mac", b.VNI, b.MAC)
	} else if len(b.Addresses) == 0 {
		g.wrong(key, "it says nothing of the MAC address: vtep and addresses are missing")
	}
	for n, text := range b.Addresses {
		at := fmt.Sprintf("%s.addresses.%d", key, n)
		g.host(at, text)
		g.claim(at, b.VNI, text)
	}
}

func (g *guardCheck) host(key, text string) {
	if a, err := netip.ParseAddr(text); err != nil || a.Zone() != "" || a.IsMulticast() || a.IsUnspecified() {
		g.wrong(key, "%q is no address of a host, such as 10.1.0.5 or 2001:db8::5", text)
	}
}

// claim notes that an address of a VNI is bound: once.
func (g *guardCheck) claim(key string, vni int, text string) {
	g.static++
	name := fmt.Sprint(vni, " ", text)
	if a, err := netip.ParseAddr(text); err == nil {
		name = fmt.Sprint(vni, " ", a.Unmap())
	} else if mac, ok := parseMAC(text); ok {
		name = fmt.Sprint(vni, " ", mac)
	}
	if g.bound[name] {
		g.wrong(key, "%s of VNI %d is bound already", text, vni)
	}
	g.bound[name] = true
}
