package lab

import (
	"errors"
	"fmt"
	"regexp"
)

// Underlay is the IP version between the VTEPs. Their ports always have addresses
// of both.
type Underlay uint8

// The underlays.
const (
	IPv4  Underlay = iota // both VNIs
	IPv6                  // both VNIs
	Mixed                 // VNI 100 over IPv4, VNI 200 over IPv6
	Cross                 // of a lab with VTEP: left over IPv4, the others over IPv6
)

// Options say how a lab differs from the plainest. The zero value needs only a
// name.
type Options struct {
	Name     string   // in front of all names; lower-case letters, digits, dashes
	Underlay Underlay //
	GBP      bool     // the VTEPs speak Group Policy: see SetGroup
	MTU      int      // of the underlay, MinMTU to MaxMTU; 0 means 1600, so that 1500 bytes fit inside
	Queues   int      // of each port, both ways; 0 means 1
	Threaded bool     // NAPI of the ports in kernel threads, which one can pin to a core
	VTEP     bool     // the wall is a VTEP itself, to which the others send; there is a third one
	Exact    bool     // VTEPs receive without GRO: captures there show each frame as it was on the wire
}

// Bounds of the underlay's MTU: below, IPv6 does not fit inside any more.
const (
	MinMTU = 1280 + overhead6
	MaxMTU = 9000
)

// What VXLAN adds in front of an inner IP packet: outer IP header, UDP, VXLAN,
// inner Ethernet.
const (
	overhead4 = 20 + 8 + 8 + 14
	overhead6 = 40 + 8 + 8 + 14
)

const maxQueues = 64

var goodName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,30}$`)

// complete fills in defaults and checks.
func (o Options) complete() (Options, error) {
	if o.MTU == 0 {
		o.MTU = 1600
	}
	o.Queues = max(o.Queues, 1)
	switch {
	case !goodName.MatchString(o.Name):
		return o, fmt.Errorf("bad name %q: want a letter, then letters, digits or dashes, at most 31, lower case", o.Name)
	case o.MTU < MinMTU || o.MTU > MaxMTU:
		return o, fmt.Errorf("MTU %d is not within %d to %d", o.MTU, MinMTU, MaxMTU)
	case o.Underlay == Cross && !o.VTEP:
		return o, errors.New("VTEPs over IPv4 and IPv6 do not understand each other: want VTEP, too")
	case o.Queues > maxQueues:
		return o, fmt.Errorf("%d queues: want at most %d", o.Queues, maxQueues)
	}
	return o, nil
}

// Outer6 says whether a VNI's packets travel over IPv6, some of them at least.
func (o Options) Outer6(vni uint32) bool {
	return o.Underlay == IPv6 || o.Underlay == Mixed && vni == 200 || o.Underlay == Cross
}

// over6 says whether those to and from a VTEP do.
func (o Options) over6(vtep Place, vni uint32) bool {
	return o.Outer6(vni) && (o.Underlay != Cross || vtep != Left)
}

// InnerMTU is the MTU inside a VNI, in bytes of an IP packet: 1500 if it fits.
func (o Options) InnerMTU(vni uint32) int {
	if o.Outer6(vni) {
		return min(1500, o.MTU-overhead6)
	}
	return min(1500, o.MTU-overhead4)
}
