package rules

import "fmt"

// assertDraft is an assert before its rule name is resolved.
type assertDraft struct {
	Assert
	ruleAt    place
	serviceAt place
	to        place
}

const wantAddress = `an address, such as "10.1.0.5" or "2001:db8::5"`

var assertSchema = schema[assertDraft]{
	title: "[[assert]]",
	fields: []field[assertDraft]{
		{key: "vni", want: "a number 0 to 16777215", required: true, read: func(d *decoder, v value, a *assertDraft) {
			a.VNI, _ = d.number(v, maxVNI)
		}},
		{key: "from", want: wantAddress, required: true, read: func(d *decoder, v value, a *assertDraft) {
			d.address(v, &a.From)
		}},
		{key: "to", want: wantAddress, required: true, read: func(d *decoder, v value, a *assertDraft) {
			a.to = v.at()
			d.address(v, &a.To)
		}},
		{key: "service", want: `one service, such as "tcp/5432"`, required: true, read: func(d *decoder, v value, a *assertDraft) {
			if text, ok := d.text(v); ok {
				a.ServiceText, a.serviceAt = text, v.at()
			}
		}},
		{key: "expect", want: wantAction, required: true, read: func(d *decoder, v value, a *assertDraft) {
			a.ExpectPos = v.at().pos()
			choose(d, v, actions, &a.Expect)
		}},
		{key: "rule", want: `the name of a rule, or "default"`, read: func(d *decoder, v value, a *assertDraft) {
			if text, ok := d.text(v); ok {
				a.Rule, a.ruleAt, a.RulePos = text, v.at(), v.at().pos()
			}
		}},
		{key: "group", want: wantGroup, read: func(d *decoder, v value, a *assertDraft) {
			a.Group = d.group(v)
		}},
		{key: "to_group", want: wantGroup, read: func(d *decoder, v value, a *assertDraft) {
			a.ToGroup = d.group(v)
		}},
		{key: "from_mac", want: wantMAC, read: func(d *decoder, v value, a *assertDraft) {
			a.FromMAC = d.macPointer(v)
		}},
		{key: "to_mac", want: wantMAC, read: func(d *decoder, v value, a *assertDraft) {
			a.ToMAC = d.macPointer(v)
		}},
		{key: "description", want: "text", read: func(d *decoder, v value, _ *assertDraft) {
			d.description(v, new(string))
		}},
	},
}

const (
	wantGroup = "a number 0 to 65535"
	wantMAC   = `a MAC address, such as "02:00:00:00:01:0b"`
)

func (d *decoder) assert(v value) assertDraft {
	a := assertDraft{}
	a.Pos = v.at().pos()
	readTable(d, v, &assertSchema, &a)
	if a.From.IsValid() && a.To.IsValid() && a.From.Is4() != a.To.Is4() {
		d.errorf(a.to, `"from" and "to" are of two families: expected both IPv4 or both IPv6`)
	}
	if a.serviceAt.src != nil {
		d.assertService(&a)
	}
	return a
}

// assertService reads the one service point of an assert. Of a name that ICMP
// and ICMPv6 share, the addresses choose the meaning.
func (d *decoder) assertService(a *assertDraft) {
	var err error
	if a.Service, err = ServicePoint(a.ServiceText, a.From.Is6()); err != nil {
		d.errorf(a.serviceAt, "%v", err)
	}
}

// ServicePoint returns the service point of a text such as "tcp/5432" that
// names a single service. Of a name that ICMP and ICMPv6 share, six chooses.
func ServicePoint(text string, six bool) (uint32, error) {
	matches, err := parseService(text)
	if err != nil {
		return 0, fmt.Errorf("bad service %q: %w", text, err)
	}
	m := matches[0]
	if len(matches) == 2 && six {
		m = matches[1]
	}
	if !onePoint(m) {
		return 0, fmt.Errorf(`service %q is more than one: expected a single one, such as "tcp/5432" or "icmp/echo-request"`, text)
	}
	if other := map[bool]uint32{true: protoICMP, false: protoICMPv6}[six]; m.Lo>>16 == other {
		return 0, fmt.Errorf("service %q is not for addresses of this family: expected ICMP with IPv4, ICMPv6 with IPv6", text)
	}
	return m.Lo, nil
}

// onePoint says whether a match is one service as an assert names it: a port,
// an ICMP type with all its codes, or a protocol that has no ports.
func onePoint(m Match) bool {
	switch proto := uint8(m.Lo >> 16); proto {
	case protoTCP, protoUDP, protoSCTP:
		return m.Lo == m.Hi
	case protoICMP, protoICMPv6:
		return m.Lo == m.Hi || m.Lo>>8 == m.Hi>>8 && m.Hi-m.Lo == 0xff
	}
	return true
}

func (d *decoder) group(v value) *uint16 {
	n, ok := d.number(v, maxGroup)
	if !ok {
		return nil
	}
	group := uint16(n)
	return &group
}

func (d *decoder) macPointer(v value) *[6]byte {
	mac, ok := d.mac(v)
	if !ok {
		return nil
	}
	return &mac
}
