package appliance

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
)

// TapConfig is the [tap] table: how copies come that a mirror sends.
type TapConfig struct {
	Duplicates  time.Duration `toml:"duplicates"`
	Unwrap      bool          `toml:"unwrap"`
	MirrorVNI   []any         `toml:"mirror_vni"`
	MirrorPorts []uint16      `toml:"mirror_ports"`
}

func defaultTap() TapConfig {
	return TapConfig{Duplicates: 50 * time.Millisecond, MirrorVNI: []any{}, MirrorPorts: []uint16{}}
}

// taps says whether frames are copies.
func (c *Config) taps() bool { return c.Datapath.Mode == "tap" }

// maxMirrorVNIs is how many numbers and ranges mirror_vni may have.
const maxMirrorVNIs = 4096

// checkTap checks the [tap] table.
func (c *Config) checkTap() (errs []KeyError) {
	wrong := func(key, format string, args ...any) {
		errs = append(errs, KeyError{"tap." + key, fmt.Sprintf(format, args...)})
	}
	t := &c.Tap
	if d := t.Duplicates; d < 0 || d > 10*time.Second {
		wrong("duplicates", "%v is not within 0s to 10s", d)
	}
	if n := len(t.MirrorVNI); n > maxMirrorVNIs {
		wrong("mirror_vni", "%d VNIs and ranges are more than %d", n, maxMirrorVNIs)
	}
	vnis, bad := mirrorVNIs(t.MirrorVNI)
	for n, err := range bad {
		if err != nil {
			wrong(fmt.Sprintf("mirror_vni.%d", n), "%v", err)
		}
	}
	for i := 1; i < len(vnis); i++ {
		if vnis[i].First <= vnis[i-1].Last {
			wrong("mirror_vni", "VNI %d stands there twice", vnis[i].First)
			break
		}
	}
	if slices.Contains(t.MirrorPorts, 0) || len(c.LinkPorts()) > afxdp.MaxVXLANPorts {
		wrong("mirror_ports", "want UDP ports, each 1 to 65535, and together with datapath.vxlan_ports at most %d", afxdp.MaxVXLANPorts)
	}
	return append(errs, t.checkUnwrap(c.Datapath.VXLANPorts)...)
}

// checkUnwrap checks that there is no doubt about which headers are the mirror's.
func (t *TapConfig) checkUnwrap(overlay []uint16) (errs []KeyError) {
	byVNI, byPort := len(t.MirrorVNI) > 0, len(t.MirrorPorts) > 0
	switch {
	case !t.Unwrap && byVNI:
		errs = append(errs, KeyError{"tap.mirror_vni", "it has no meaning unless unwrap is true"})
	case !t.Unwrap && byPort:
		errs = append(errs, KeyError{"tap.mirror_ports", "it has no meaning unless unwrap is true"})
	case t.Unwrap && !byVNI && !byPort:
		errs = append(errs, KeyError{"tap.unwrap", "which headers are the mirror's is not known: want mirror_vni, or mirror_ports, or both"})
	case !byVNI && slices.ContainsFunc(t.MirrorPorts, func(p uint16) bool { return slices.Contains(overlay, p) }):
		errs = append(errs, KeyError{"tap.mirror_ports", "a port of vxlan_ports, too: want mirror_vni, to tell the mirror's headers from the overlay's"})
	}
	return errs
}

// mirrorVNIs reads mirror_vni, and returns what is wrong with each element.
func mirrorVNIs(list []any) (vnis []pipeline.VNIRange, bad []error) {
	for _, id := range list {
		r, err := parseVNIs(id)
		bad = append(bad, err)
		if err == nil {
			vnis = append(vnis, pipeline.VNIRange{First: r.Lo, Last: r.Hi})
		}
	}
	slices.SortFunc(vnis, func(a, b pipeline.VNIRange) int { return cmp.Compare(a.First, b.First) })
	return vnis, bad
}

// mirror returns what is to be taken off frames; nil for nothing.
func (c *Config) mirror() *pipeline.Mirror {
	if !c.taps() || !c.Tap.Unwrap {
		return nil
	}
	vnis, _ := mirrorVNIs(c.Tap.MirrorVNI)
	return &pipeline.Mirror{Ports: c.Tap.MirrorPorts, VNIs: vnis}
}

// LinkPorts are the UDP ports that the link takes frames of.
func (c *Config) LinkPorts() []uint16 {
	ports := slices.Clone(c.Datapath.VXLANPorts)
	if c.taps() && c.Tap.Unwrap {
		for _, p := range c.Tap.MirrorPorts {
			if !slices.Contains(ports, p) {
				ports = append(ports, p)
			}
		}
	}
	return ports
}

// asTap makes a link a tap's: it takes copies, sends nothing, and leaves all else to
// the kernel.
func (c *Config) asTap(link *afxdp.Config) {
	link.Tap, link.Mirror = true, c.mirror()
	link.VXLANPorts = c.LinkPorts()
	link.NotVXLAN, link.Overload, link.Offload = afxdp.Relay, afxdp.Drop, 0
}

// passive makes a pipeline a tap's: what a copy lacks, or has wrong, is no fault of
// the packet.
func (c *Config) passive(p *pipeline.Config) {
	p.Passive, p.Duplicates, p.Mirror = true, c.Tap.Duplicates, c.mirror()
	p.PassNotVXLAN, p.AcceptNoChecksum6, p.IgnoreChecksums = true, true, true
	p.Flow.Passive, p.Flow.Midstream = true, true
}

// checkRunTap returns what keeps a tap from being run.
func (c *Config) checkRunTap() (errs []KeyError) {
	if c.Datapath.Overload != "drop" {
		errs = append(errs, KeyError{"datapath.overload", "a tap has nowhere to relay copies to (expected drop)"})
	}
	if c.Decap.NotVXLAN != "pass" {
		errs = append(errs, KeyError{"decap.not_vxlan", "tap mode leaves all that is no VXLAN to the kernel, which would answer no ARP otherwise (expected pass)"})
	}
	return errs
}
