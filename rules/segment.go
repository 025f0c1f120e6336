package rules

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
)

const (
	maxVNI   = 1<<24 - 1
	maxGroup = 1<<16 - 1
)

// segmentDraft is a segment before its includes are resolved.
type segmentDraft struct {
	Segment
	at        place // of the name
	criteria  bool  // some criterion is written, if perhaps badly
	include   []ref
	includeAt []place // of each element of Include
	used      bool    // something names it
	broken    bool
}

var segmentSchema = schema[segmentDraft]{
	title: "[[segment]]",
	fields: []field[segmentDraft]{
		{key: "name", want: `a name, such as "web"`, required: true, read: func(d *decoder, v value, s *segmentDraft) {
			s.at = v.at()
			d.name(v, &s.Name)
		}},
		{key: "vni", want: `a list of numbers 0 to 16777215 and ranges, such as [100, "200-299"]`,
			read: func(d *decoder, v value, s *segmentDraft) {
				s.criteria = true
				d.ranges(v, maxVNI, &s.VNI)
			}},
		{key: "prefix", want: `a list of prefixes, such as ["10.1.0.0/24", "2001:db8::/64"]`, read: readPrefixes},
		{key: "group", want: `a list of numbers 0 to 65535 and ranges, such as [17, "20-29"]`,
			read: func(d *decoder, v value, s *segmentDraft) {
				s.criteria = true
				d.ranges(v, maxGroup, &s.Group)
			}},
		{key: "mac", want: `a list of MAC addresses, such as ["02:00:00:00:01:0b"]`, read: readMACs},
		{key: "include", want: `a list of segment names, such as ["web"]`, read: func(d *decoder, v value, s *segmentDraft) {
			s.criteria = true
			d.refs(v, &s.include)
			if _, ok := v.data.([]any); ok && v.empty() {
				d.errorf(v.at(), "%q is empty: expected %s", v.key, v.want)
			}
		}},
		{key: "description", want: "text", read: func(d *decoder, v value, s *segmentDraft) {
			d.description(v, &s.Description)
		}},
	},
}

func (d *decoder) segment(v value) segmentDraft {
	s := segmentDraft{at: v.at()}
	before := d.errors
	readTable(d, v, &segmentSchema, &s)
	if !s.criteria {
		d.errorf(s.at, "segment %q has no criterion: expected vni, prefix, group, mac or include", s.Name)
	}
	s.Pos = s.at.pos()
	s.broken = d.errors > before
	return s
}

// ranges reads a list of numbers and "low-high" texts.
func (d *decoder) ranges(v value, limit uint32, to *[]Range) {
	seen := once[Range]{}
	d.list(v, func(e value) {
		var r Range
		switch data := e.data.(type) {
		case int64:
			n, ok := d.number(e, limit)
			if !ok {
				return
			}
			r = Range{n, n}
		case string:
			var err error
			if r, err = parseRange(data, limit); err != nil {
				d.errorf(e.at(), "bad %s %q: %v", v.key, data, err)
				return
			}
		default:
			d.wrongType(e)
			return
		}
		if !seen.first(r) {
			d.warnf(e.at(), "%s is listed twice in %q", quoteElement(e.data), v.key)
			return
		}
		*to = append(*to, r)
	})
}

// parseRange reads "7" or "7-9".
func parseRange(text string, limit uint32) (Range, error) {
	low, high, ranged := strings.Cut(text, "-")
	if !ranged {
		high = low
	}
	lo, err := parseNumber(low, limit)
	if err != nil {
		return Range{}, err
	}
	hi, err := parseNumber(high, limit)
	if err != nil {
		return Range{}, err
	}
	if lo > hi {
		return Range{}, fmt.Errorf("range runs backwards: expected \"%d-%d\"", hi, lo)
	}
	return Range{lo, hi}, nil
}

// parseNumber reads a decimal number as people write them: digits only.
func parseNumber(text string, limit uint32) (uint32, error) {
	n, err := strconv.ParseUint(text, 10, 32)
	if errors.Is(err, strconv.ErrSyntax) {
		return 0, fmt.Errorf("%q is no number: expected 0 to %d", text, limit)
	}
	if err != nil || n > uint64(limit) {
		return 0, fmt.Errorf("%s is out of range: expected 0 to %d", text, limit)
	}
	return uint32(n), nil
}

func readPrefixes(d *decoder, v value, s *segmentDraft) {
	s.criteria = true
	seen := once[netip.Prefix]{}
	d.list(v, func(e value) {
		text, ok := d.text(e)
		if !ok {
			return
		}
		p, err := parsePrefix(text)
		switch {
		case err != nil:
			d.errorf(e.at(), "bad prefix %q: %v", text, err)
		case !seen.first(p):
			d.warnf(e.at(), "prefix %s is listed twice", p)
		default:
			s.Prefix = append(s.Prefix, p)
		}
	})
}

// parsePrefix reads a prefix, or an address as the prefix of it alone.
func parsePrefix(text string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(text); err == nil && addr.Zone() == "" {
		addr = addr.Unmap()
		return netip.PrefixFrom(addr, addr.BitLen()), nil
	}
	p, err := netip.ParsePrefix(text)
	if err != nil {
		return p, errors.New(`expected an address and a length, such as "10.1.0.0/24" or "2001:db8::/64"`)
	}
	if p.Addr().Is4In6() && p.Bits() >= 96 {
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	if masked := p.Masked(); masked != p {
		single := netip.PrefixFrom(p.Addr(), p.Addr().BitLen())
		return p, fmt.Errorf("bits are set behind its length: expected %q, or %q for the one address",
			masked, single)
	}
	return p, nil
}

func readMACs(d *decoder, v value, s *segmentDraft) {
	s.criteria = true
	seen := once[[6]byte]{}
	d.list(v, func(e value) {
		mac, ok := d.mac(e)
		if !ok {
			return
		}
		if !seen.first(mac) {
			d.warnf(e.at(), "MAC address %s is listed twice", net.HardwareAddr(mac[:]))
			return
		}
		s.MAC = append(s.MAC, mac)
	})
}

// mac reads one MAC address.
func (d *decoder) mac(v value) ([6]byte, bool) {
	text, ok := d.text(v)
	if !ok {
		return [6]byte{}, false
	}
	mac, err := net.ParseMAC(text)
	if err != nil || len(mac) != 6 {
		d.errorf(v.at(), `bad MAC address %q: expected six bytes, such as "02:00:00:00:01:0b"`, text)
		return [6]byte{}, false
	}
	return [6]byte(mac), true
}
