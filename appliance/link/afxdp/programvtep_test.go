package afxdp

import (
	"net/netip"
	"testing"

	pt "vxwall/pipeline/pipelinetest"
)

// toKernel is what run says of a frame that is left to the kernel.
const toKernel = "PASS relayed "

// asVTEP makes a rig a VTEP with both addresses of pipelinetest's VTEP B.
func asVTEP(c *Config) {
	c.Own = []netip.Addr{netip.MustParseAddr("198.51.100.7"), netip.MustParseAddr(pt.VTEPb), netip.MustParseAddr(pt.VTEPb6)}
	c.Offload = 0
}

// TestVTEPLeavesTheRest: what is not VXLAN, or not to one of our addresses, is the
// kernel's.
func TestVTEPLeavesTheRest(t *testing.T) {
	r := newRig(t, asVTEP)
	frames := notVXLAN()
	frames["to the other VTEP"] = plain(pt.VXLAN{VNI: 100, Back: true}, pt.IPv4{}, dns)
	frames["to the other VTEP, IPv6"] = plain(pt.VXLAN{VNI: 100, Back: true, V6: true}, pt.IPv4{}, dns)
	frames["later fragment"] = outer4(pt.IPv4{Offset: 800}, with(vxlanUDP, inside...)...)
	frames["later fragment, IPv6"] = outer6to(pt.Fragment6{Offset: 800, Next: 17}, with(vxlanUDP, inside...)...)
	frames["fragment of UDP elsewhere"] = outer4(pt.IPv4{More: true}, dns, data)
	frames["MLD"] = outer6to(pt.Ext{Proto: 0}, pt.ICMP6{Type: 143}, data)
	frames["source route elsewhere"] = outer4(pt.IPv4{Options: []byte{1, 131, 3, 4}}, dns, data)
	frames["too short for UDP"] = outer4(pt.IPv4{Proto: 17}, pt.Zeros(7))
	for name, frame := range frames {
		for port := range 2 {
			if got := r.run(port, frame); got != toKernel+"not-vxlan" {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// outer6to is an IPv6 packet of the underlay to VTEP B with an extension header.
func outer6to(ext pt.Layer, layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{pt.Eth{}, pt.IPv6{Src: pt.VTEPa6, Dst: pt.VTEPb6}, ext}, layers...)...)
}

// TestVTEPTakesItsOwn: VXLAN to our addresses comes to Go, however odd its headers
// are. A VXLAN device of the kernel must not see it.
func TestVTEPTakesItsOwn(t *testing.T) {
	r := newRig(t, asVTEP)
	frames := sound()
	for name, ip := range map[string]pt.IPv4{
		"first fragment": {More: true}, "lengths": {Len: 900}, "options": {Options: []byte{148, 4, 0, 0}}, "source route": {Options: []byte{131, 3, 4, 0}},
	} {
		frames[name] = outer4(ip, with(vxlanUDP, inside...)...)
	}
	frames["no VXLAN header"] = outer4(pt.IPv4{}, vxlanUDP, pt.Zeros(7))
	frames["no I bit"] = plain(pt.VXLAN{VNI: 100, Flags: 0x80}, pt.IPv4{}, dns)
	for _, proto := range []uint8{0, 43, 60} {
		frames["extension"] = outer6to(pt.Ext{Proto: proto}, with(vxlanUDP, inside...)...)
	}
	frames["three extensions"] = outer6to(pt.Ext{Proto: 0}, append([]pt.Layer{pt.Ext{Proto: 60}, pt.Ext{Proto: 60}, vxlanUDP}, inside...)...)
	many := []pt.Layer{vxlanUDP}
	for range 12 {
		many = append([]pt.Layer{pt.Ext{Proto: 60}}, many...)
	}
	frames["many extensions"] = outer6to(pt.Ext{Proto: 0}, append(many, inside...)...)
	frames["first fragment, IPv6"] = outer6to(pt.Fragment6{More: true, Next: 17}, with(vxlanUDP, inside...)...)
	for name, frame := range frames {
		for port := range 2 {
			if got := r.run(port, frame); got != toSocket {
				t.Errorf("%s: %s", name, got)
			}
		}
	}
}

// TestVTEPFallbacks: to relay is to leave a packet to the kernel.
func TestVTEPFallbacks(t *testing.T) {
	frame := plain(v100, pt.IPv4{}, dns)
	for fallback, want := range map[Fallback]string{Relay: toKernel, Drop: dropped} {
		r := newRig(t, func(c *Config) { asVTEP(c); c.OnDeath, c.Overload = fallback, fallback })
		r.deafen(0, 0)
		r.expect(0, frame, want+"appliance-down")
	}
}

// TestOnePort: a VTEP may have a single port.
func TestOnePort(t *testing.T) {
	r := newRig(t, func(c *Config) { asVTEP(c); c.Ports[1] = "" })
	r.expect(0, plain(v100, pt.IPv4{}, dns), toSocket)
}
