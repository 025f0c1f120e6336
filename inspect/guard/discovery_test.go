package guard_test

import (
	"net/netip"
	"testing"

	"vxwall/inspect/guard"
	pt "vxwall/pipeline/pipelinetest"
)

// neighbour is a message of neighbour discovery from behind VTEP A.
func neighbour(kind uint8, mac, src, target string, options ...byte) []byte {
	to := netip.MustParseAddr(target).As16()
	body := append(to[:], options...)
	return pt.Frame(pt.VXLAN{VNI: 100, From: vtepA, To: vtepB}, pt.Eth{Src: mac}, pt.IPv6{Src: src, HopLimit: 255}, pt.ICMP6{Type: kind}, pt.Bytes(body))
}

// router is a message of router discovery, whose options follow the ICMP header at once or
// behind eight bytes.
func router(kind uint8, mac, src string, rest ...byte) []byte {
	return pt.Frame(pt.VXLAN{VNI: 100, From: vtepA, To: vtepB}, pt.Eth{Src: mac}, pt.IPv6{Src: src, HopLimit: 255}, pt.ICMP6{Type: kind}, pt.Bytes(rest))
}

// TestNeighbourDiscovery: solicitations and advertisements bind as ARP does.
func TestNeighbourDiscovery(t *testing.T) {
	option := func(kind byte, last byte) []byte { return []byte{kind, 1, 2, 0, 0, 0, 1, last} }
	const one, two = "fd00::1", "fd00::2"
	for name, c := range map[string]struct {
		frames [][]byte
		want   string
	}{
		"solicitation":             {[][]byte{neighbour(135, macA, one, two, option(1, 0xa)...), udp(vtepA, macB, one)}, "address-moved"},
		"without option":           {[][]byte{neighbour(135, macA, one, two), udp(vtepA, macB, one)}, "address-moved"},
		"advertisement":            {[][]byte{neighbour(136, macA, one, two, option(2, 0xa)...), udp(vtepA, macB, two)}, "address-moved"},
		"of its own":               {[][]byte{neighbour(136, macA, one, one, option(2, 0xa)...), udp(vtepA, macA, one)}, "ok"},
		"the target of a question": {[][]byte{neighbour(135, macA, one, two, option(1, 0xa)...), udp(vtepA, macB, two)}, "ok"},
		"search for duplicates":    {[][]byte{neighbour(135, macA, "::", two), neighbour(135, macB, "::", two)}, "ok"},
		"other option first":       {[][]byte{neighbour(136, macA, one, two, append(option(14, 0xb), option(2, 0xa)...)...), udp(vtepA, macA, two)}, "ok"},
		"option without length":    {[][]byte{neighbour(136, macA, one, two, 2, 0, 2, 0, 0, 0, 1, 0xb), udp(vtepA, macB, two)}, "address-moved"},
		"router solicitation":      {[][]byte{router(133, macA, one, option(1, 0xa)...), udp(vtepA, macB, one)}, "address-moved"},
		"false one":                {[][]byte{udp(vtepA, macA, one), router(133, macA, one, option(1, 0xa)...), router(133, macA, one, option(1, 0xb)...)}, "address-moved"},
		"one without option":       {[][]byte{router(133, macA, one), udp(vtepA, macB, one)}, "ok"},
		"router advertisement":     {[][]byte{router(134, macA, one, append(make([]byte, 8), option(1, 0xa)...)...), udp(vtepA, macB, one)}, "address-moved"},
		"false one of a router":    {[][]byte{neighbour(135, macA, one, two), router(134, macA, one, append(make([]byte, 8), option(1, 0xb)...)...)}, "address-moved"},
		"short one of a router":    {[][]byte{router(134, macA, one), udp(vtepA, macB, one)}, "ok"},
		"echo":                     {[][]byte{neighbour(128, macA, one, two), udp(vtepA, macB, one)}, "ok"},
	} {
		if got := outcomes(run(guard.New(config(guard.Enforce)), at(0, c.frames...))); got[0] != "ok" || got[len(got)-1] != c.want {
			t.Errorf("%s: %v, want %s", name, got, c.want)
		}
	}
}
