package lab

import (
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
)

// Place is a namespace of the lab. The namespace's full name has the lab's name
// and a dash in front.
type Place string

// The places.
const (
	Left     Place = "left"  // a VTEP
	Right    Place = "right" // the other
	Wall     Place = "wall"  // between them, with the ports Port1 and Port2
	Left100  Place = "left100"
	Left200  Place = "left200"
	Right100 Place = "right100"
	Right200 Place = "right200"

	// Of a lab with VTEP alone: a VTEP behind right, which is its router.
	Third    Place = "third"
	Third100 Place = "third100"
	Third200 Place = "third200"
)

// Network interfaces.
const (
	Port1     = "eth1" // of the wall, to the left
	Port2     = "eth2" // of the wall, to the right
	VTEPPort  = "eth0" // of a VTEP, to the wall
	VXLANPort = 4789   // UDP port of the VTEPs
)

// VNIs are the VXLAN networks of a lab.
var VNIs = [...]uint32{100, 200}

// Places lists all places that a lab may have: VTEPs and wall first.
var Places = []Place{Left, Right, Wall, Left100, Left200, Right100, Right200, Third, Third100, Third200}

// places are those of a lab.
func (o Options) places() []Place {
	if o.VTEP {
		return Places
	}
	return slices.DeleteFunc(slices.Clone(Places), func(p Place) bool { return p.VTEP() == Third })
}

// vteps are the kernel VTEPs of a lab.
func (o Options) vteps() []Place {
	if o.VTEP {
		return []Place{Left, Right, Third}
	}
	return []Place{Left, Right}
}

// ParsePlace reads the name of a place.
func ParsePlace(text string) (Place, error) {
	if p := Place(text); slices.Contains(Places, p) {
		return p, nil
	}
	return "", fmt.Errorf("unknown place %q: want one of %v", text, Places)
}

// VTEP is the VTEP behind which a workload is; a VTEP's is itself, and so is the wall's.
func (p Place) VTEP() Place {
	for _, vtep := range []Place{Left, Third, Wall} {
		if strings.HasPrefix(string(p), string(vtep)) {
			return vtep
		}
	}
	return Right
}

// VNI is the network of a workload, 0 for other places.
func (p Place) VNI() uint32 {
	switch p {
	case Left100, Right100, Third100:
		return 100
	case Left200, Right200, Third200:
		return 200
	}
	return 0
}

// Peer is the same on the other side: of left100 it is right100. The third's are
// those on the left.
func (p Place) Peer() Place {
	if rest, ok := strings.CutPrefix(string(p), string(Third)); ok {
		return Left + Place(rest)
	}
	if rest, ok := strings.CutPrefix(string(p), string(Left)); ok {
		return Right + Place(rest)
	}
	return Left + Place(strings.TrimPrefix(string(p), string(Right)))
}

// Workload is the workload of a VNI behind a VTEP.
func Workload(vtep Place, vni uint32) Place { return Place(fmt.Sprint(vtep, vni)) }

// Device is the network interface that leads to the other side; the wall has
// two, Port1 and Port2.
func (p Place) Device() string {
	if vni := p.VNI(); vni != 0 {
		return fmt.Sprint("vx", vni)
	}
	return VTEPPort
}

// number is 254 of the wall; 1 on the left, 2 on the right, 3 of the third: the end of addresses.
func (p Place) number() byte {
	switch p.VTEP() {
	case Left:
		return 1
	case Third:
		return 3
	case Wall:
		return 254
	}
	return 2
}

// Addr4 is the place's IPv4 address: 10.0.0.1, .2 or .3 of workloads in both
// VNIs, 192.0.2.1 or .2 of VTEPs, .254 of the wall as one, 198.51.100.3 of the third.
func (p Place) Addr4() netip.Addr {
	switch {
	case p.VNI() != 0:
		return netip.AddrFrom4([4]byte{10, 0, 0, p.number()})
	case p == Third:
		return netip.AddrFrom4([4]byte{198, 51, 100, p.number()})
	}
	return netip.AddrFrom4([4]byte{192, 0, 2, p.number()})
}

// Addr6 is the place's IPv6 address: fd00::1, ::2 or ::3 of workloads in both VNIs,
// 2001:db8::1 or ::2 of VTEPs, ::fe of the wall as one, 2001:db8:3::3 of the third.
func (p Place) Addr6() netip.Addr {
	switch {
	case p.VNI() != 0:
		return netip.AddrFrom16([16]byte{0: 0xfd, 15: p.number()})
	case p == Third:
		return netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 5: 3, 15: p.number()})
	}
	return netip.AddrFrom16([16]byte{0: 0x20, 1: 0x01, 2: 0x0d, 3: 0xb8, 15: p.number()})
}

// Addr is Addr6 or Addr4.
func (p Place) Addr(six bool) netip.Addr {
	if six {
		return p.Addr6()
	}
	return p.Addr4()
}

// MAC is the address of the place's Device: 02:00:00:00:00:01 or :02 of
// workloads in both VNIs, 02:00:00:00:ff:01 or :02 of VTEPs.
func (p Place) MAC() net.HardwareAddr {
	mac := net.HardwareAddr{2, 0, 0, 0, 0, p.number()}
	if p.VNI() == 0 {
		mac[4] = 0xff
	}
	return mac
}
