package afxdp

import (
	"fmt"
	"testing"
	"time"

	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

const hour = time.Hour

// What run says.
const (
	toSocket  = "REDIRECT to-socket"
	forwarded = "REDIRECT forwarded"
	relayed   = "REDIRECT relayed "
	dropped   = "DROP dropped "
)

var (
	dns  = pt.UDP{Src: 5000, Dst: 53}
	data = pt.Payload("some data")
	v100 = pt.VXLAN{VNI: 100}
)

// plain is a frame that may be offloaded.
func plain(v pt.VXLAN, layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{v, pt.Eth{}}, layers...)...)
}

// outer4 is an IPv4 packet of the underlay.
func outer4(ip pt.IPv4, layers ...pt.Layer) []byte {
	ip.Src, ip.Dst = pt.VTEPa, pt.VTEPb
	return pt.Frame(append([]pt.Layer{pt.Eth{}, ip}, layers...)...)
}

func outer6(layers ...pt.Layer) []byte {
	return pt.Frame(append([]pt.Layer{pt.Eth{}, pt.IPv6{}}, layers...)...)
}

var (
	vxlanUDP = pt.UDP{Src: 50000, Dst: 4789}
	inside   = []pt.Layer{pt.VXLANHeader{VNI: 100}, pt.Eth{}, pt.IPv4{}, dns, data}
)

func with(l pt.Layer, more ...pt.Layer) []pt.Layer { return append([]pt.Layer{l}, more...) }

// notVXLAN are frames that clearly are no VXLAN.
func notVXLAN() map[string][]byte {
	bgp := pt.TCP{Src: 179, Dst: 30000}
	return map[string][]byte{
		"LLDP":                   pt.Frame(pt.Eth{Dst: "01:80:c2:00:00:0e"}, data, data),
		"ARP":                    pt.Frame(pt.Eth{Dst: "ff:ff:ff:ff:ff:ff"}, pt.ARP{}),
		"ARP, tagged":            pt.Frame(pt.Eth{}, pt.VLAN{ID: 5}, pt.ARP{}),
		"802.3 length":           pt.Frame(pt.Eth{Type: 39}, data, data),
		"three tags":             pt.Frame(pt.Eth{}, pt.VLAN{ID: 5, Outer: true}, pt.VLAN{ID: 6}, pt.VLAN{ID: 7}, pt.IPv4{}, vxlanUDP, data),
		"TCP":                    outer4(pt.IPv4{}, bgp, data),
		"TCP, fragment":          outer4(pt.IPv4{Offset: 800}, bgp, data),
		"TCP, tagged":            pt.Frame(pt.Eth{}, pt.VLAN{ID: 5, Outer: true}, pt.VLAN{ID: 6}, pt.IPv4{}, bgp),
		"IPv6 TCP":               outer6(bgp, data),
		"IPv6 neighbour":         outer6(pt.ICMP6{Type: 135}, data),
		"IGMP with router alert": outer4(pt.IPv4{Proto: 2, Options: []byte{148, 4, 0, 0}}, data),
		"UDP to another port":    outer4(pt.IPv4{}, dns, data),
		"UDP from 4789":          outer4(pt.IPv4{}, pt.UDP{Src: 4789, Dst: 4790}, data),
		"UDP, IP length wrong":   outer4(pt.IPv4{Len: 900}, dns, data),
		"IPv6 UDP":               outer6(dns, data),
		"jumbo":                  outer4(pt.IPv4{}, dns, pt.Zeros(3000)),
	}
}

// unclear are frames that only Go may say something of.
func unclear() map[string][]byte {
	frames := map[string][]byte{
		"fragment":                   outer4(pt.IPv4{Offset: 800}, with(vxlanUDP, inside...)...),
		"first fragment":             outer4(pt.IPv4{More: true}, with(vxlanUDP, inside...)...),
		"fragment of UDP elsewhere":  outer4(pt.IPv4{More: true}, dns, data),
		"fragment of an extension":   outer4(pt.IPv4{More: true, Proto: 60}, data),
		"IP version":                 outer4(pt.IPv4{Version: 5}, with(vxlanUDP, inside...)...),
		"IP header length":           outer4(pt.IPv4{HeaderWords: 4}, with(vxlanUDP, inside...)...),
		"IP header too long":         outer4(pt.IPv4{HeaderWords: 15}, dns),
		"IP length":                  outer4(pt.IPv4{Len: 12}, dns, data),
		"IP length beyond the frame": outer4(pt.IPv4{Len: 900}, with(vxlanUDP, inside...)...),
		"source route":               outer4(pt.IPv4{Options: []byte{1, 131, 3, 4}}, dns, data),
		"strict route, TCP":          outer4(pt.IPv4{Options: []byte{137, 3, 4, 0}}, pt.TCP{}),
		"UDP length beyond IP":       outer4(pt.IPv4{}, with(pt.UDP{Src: 1, Dst: 4789, Len: 900}, inside...)...),
		"UDP length below 8":         outer4(pt.IPv4{}, with(pt.UDP{Src: 1, Dst: 4789, Len: 7}, inside...)...),
		"no VXLAN header":            outer4(pt.IPv4{}, vxlanUDP, pt.Zeros(7)),
		"no I bit":                   plain(pt.VXLAN{VNI: 100, Flags: 0x80}, pt.IPv4{}, dns),
		"IPv6 version":               pt.Frame(pt.Eth{}, pt.IPv6{Version: 4}, pt.TCP{}),
		"IPv6 length":                pt.Frame(append([]pt.Layer{pt.Eth{}, pt.IPv6{Len: 9000}, vxlanUDP}, inside...)...),
	}
	for _, proto := range []uint8{0, 43, 44, 60} {
		frames[fmt.Sprint("IPv6 extension ", proto)] = outer6(pt.Ext{Proto: proto}, pt.TCP{}, data)
	}
	return frames
}

// sound are frames with a VNI, 100, that may not be offloaded or are not.
func sound() map[string][]byte {
	return map[string][]byte{
		"plain":            plain(v100, pt.IPv4{}, dns, data),
		"tagged":           plain(pt.VXLAN{VNI: 100, VLAN: 7}, pt.IPv4{}, dns, data),
		"IPv6 underlay":    plain(pt.VXLAN{VNI: 100, V6: true}, pt.IPv4{}, dns, data),
		"without checksum": plain(pt.VXLAN{VNI: 100, V6: true, NoChecksum: true}, pt.IPv4{}, dns, data),
		"group":            plain(pt.VXLAN{VNI: 100, Group: 17, Applied: true}, pt.IPv4{}, dns, data),
		"underlay options": outer4(pt.IPv4{Options: []byte{148, 4, 0, 0}}, with(vxlanUDP, inside...)...),
		"nothing inside":   pt.Frame(v100),
		"reserved bits":    plain(pt.VXLAN{VNI: 100, Flags: 0x0c, Reserved: 9}, pt.IPv4{}, dns),
	}
}

func TestNotVXLAN(t *testing.T) {
	for action, want := range map[Fallback]string{Relay: relayed, Drop: dropped} {
		r := newRig(t, func(c *Config) { c.NotVXLAN = action })
		for name, frame := range notVXLAN() {
			t.Run(action.String()+"/"+name, func(t *testing.T) {
				for port := range 2 {
					r.on(t).expect(port, frame, want+pipeline.NotVXLAN.String())
				}
			})
		}
	}
}

// What Go calls something else than NotVXLAN must not be relayed as that.
func TestToSocket(t *testing.T) {
	r := newRig(t, nil)
	for _, frames := range []map[string][]byte{unclear(), sound()} {
		for name, frame := range frames {
			t.Run(name, func(t *testing.T) {
				r.on(t).expect(0, frame, toSocket)
				r.on(t).expect(1, frame, toSocket)
			})
		}
	}
}

func TestVXLANPorts(t *testing.T) {
	ports := []uint16{4789, 8472, 1, 65535, 4790, 4791, 4792, 4793}
	r := newRig(t, func(c *Config) { c.VXLANPorts = ports })
	for _, port := range ports {
		r.expect(0, plain(pt.VXLAN{VNI: 100, Port: port}, pt.IPv4{}, dns), toSocket)
	}
	r.expect(0, plain(pt.VXLAN{VNI: 100, Port: 4794}, pt.IPv4{}, dns), relayed+"not-vxlan")
	r.expect(0, outer4(pt.IPv4{}, pt.UDP{Src: 1}), relayed+"not-vxlan")
}

// A frame cut off anywhere is left to Go, unless it is clear without the rest.
func TestCutOff(t *testing.T) {
	r := newRig(t, nil)
	for name, frame := range sound() {
		for n := 14; n < len(frame); n++ {
			if got := r.run(0, frame[:n]); got != toSocket {
				t.Fatalf("%s, %d bytes: %s", name, n, got)
			}
		}
	}
}

// Frames that come in at a queue without a socket are relayed or dropped; each
// queue is one for itself, and port 0 has none of port 1's.
func TestQueues(t *testing.T) {
	r := newRig(t, nil)
	for port := range 2 {
		_, _, err := r.attach(port, r.wire.Index[port], Auto)
		check(t, err)
	}
	frame := plain(v100, pt.IPv4{}, dns)
	if got := r.runQueue(0, 1, frame); got != relayed+"appliance-down" {
		t.Error("queue without a socket:", got)
	}
	r.listen(0, 1)
	if got := r.runQueue(0, 1, frame); got != toSocket {
		t.Error("queue with a socket:", got)
	}
	if got := r.runQueue(1, 1, frame); got != relayed+"appliance-down" {
		t.Error("the other port's queue:", got)
	}
	if a, b := r.control().redirected(0, 1), r.control().redirected(1, 1); a != 1 || b != 0 {
		t.Errorf("%d and %d frames redirected, want 1 and 0", a, b)
	}
}
