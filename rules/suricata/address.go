package suricata

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

var (
	v4 = space[netip.Addr]{netip.Addr.Compare, netip.Addr.Next, netip.Addr.Prev,
		netip.MustParseAddr("0.0.0.0"), netip.MustParseAddr("255.255.255.255")}
	v6 = space[netip.Addr]{netip.Addr.Compare, netip.Addr.Next, netip.Addr.Prev,
		netip.MustParseAddr("::"), netip.MustParseAddr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff")}
)

// addrs is a set of addresses: joined intervals of each family.
type addrs struct{ v4, v6 []interval[netip.Addr] }

func newAddresses(vars map[string]string) *group[addrs] {
	return &group[addrs]{
		vars: vars, kind: "address", single: parseAddr, cache: map[string]cached[addrs]{},
		add:     func(a, b addrs) addrs { return addrs{append(a.v4, b.v4...), append(a.v6, b.v6...)} },
		join:    func(a addrs) addrs { return addrs{v4.join(a.v4), v6.join(a.v6)} },
		without: func(a, b addrs) addrs { return addrs{v4.without(a.v4, b.v4), v6.without(a.v6, b.v6)} },
		all:     addrs{v4.complement(nil), v6.complement(nil)},
	}
}

// parseAddr reads an address, a prefix, an address with a netmask or a range.
func parseAddr(text string) (addrs, error) {
	if first, last, ok := strings.Cut(text, "-"); ok {
		return addrRange(first, last, text)
	}
	if base, mask, ok := strings.Cut(text, "/"); ok {
		return addrPrefix(base, mask, text)
	}
	return addrRange(text, text, text)
}

func addrRange(first, last, text string) (addrs, error) {
	a, err := netip.ParseAddr(strings.TrimSpace(first))
	b, err2 := netip.ParseAddr(strings.TrimSpace(last))
	if err != nil || err2 != nil || a.Zone() != "" || b.Zone() != "" {
		return addrs{}, badAddr(text)
	}
	a, b = a.Unmap(), b.Unmap()
	if a.Is4() != b.Is4() || b.Less(a) {
		return addrs{}, fmt.Errorf("bad range %q: expected the lower address first, both of one family", short(text))
	}
	return familyOf(a, b), nil
}

func familyOf(a, b netip.Addr) addrs {
	one := []interval[netip.Addr]{{a, b}}
	if a.Is4() {
		return addrs{v4: one}
	}
	return addrs{v6: one}
}

func badAddr(text string) error {
	return fmt.Errorf("bad address %q: expected one such as 10.0.0.1, 10.0.0.0/8, 10.0.0.1-10.0.0.9 or 2001:db8::/32", short(text))
}

func addrPrefix(base, mask, text string) (addrs, error) {
	a, err := netip.ParseAddr(base)
	if err != nil || a.Zone() != "" {
		return addrs{}, badAddr(text)
	}
	bits, err := strconv.Atoi(mask)
	if err != nil {
		bits = maskBits(mask)
	}
	p, err := a.Prefix(bits)
	if err != nil || bits < 0 {
		return addrs{}, badAddr(text)
	}
	return familyOf(p.Addr(), lastOf(p)), nil
}

// maskBits returns the length of a netmask such as 255.255.255.0, -1 if it is
// none.
func maskBits(text string) int {
	m, err := netip.ParseAddr(text)
	if err != nil || !m.Is4() {
		return -1
	}
	for bits := range 33 {
		if p := netip.PrefixFrom(v4.last, bits).Masked(); p.Addr() == m {
			return bits
		}
	}
	return -1
}

func lastOf(p netip.Prefix) netip.Addr {
	b := p.Addr().As16()
	n := p.Bits()
	if p.Addr().Is4() {
		n += 96
	}
	for i := n; i < 128; i++ {
		b[i/8] |= 1 << (7 - i%8)
	}
	last := netip.AddrFrom16(b)
	if p.Addr().Is4() {
		return last.Unmap()
	}
	return last
}

// addresses turns a set into the model's form, in order and without Not.
func (a addrs) addresses() (Addresses, bool) {
	var out Addresses
	for _, v := range a.v4 {
		out.In = append(out.In, Range{v.first, v.last})
	}
	for _, v := range a.v6 {
		out.In = append(out.In, Range{v.first, v.last})
	}
	if len(a.v4) == 1 && len(a.v6) == 1 && a.v4[0] == (interval[netip.Addr]{v4.first, v4.last}) &&
		a.v6[0] == (interval[netip.Addr]{v6.first, v6.last}) {
		return Addresses{}, true
	}
	return out, len(out.In) > 0
}
