package rules

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

const literals = `"tcp/443", "udp/6000-6010", "icmp/echo-request" or "gre"`

// anyOf returns the match of everything a protocol carries.
func anyOf(proto uint8) Match { return Match{Point(proto, 0), Point(proto, 0xffff)} }

// isLiteral says whether a text is a service written out, right or wrong, and
// not the name of one.
func isLiteral(text string) bool {
	return strings.Contains(text, "/") || protocols[strings.ToLower(text)] != 0
}

// parseService reads a service written out: protocol, protocol/port,
// icmp/type, icmp/type/code, ip/number. What ICMP and ICMPv6 share by name is
// two matches, ICMP first.
func parseService(text string) ([]Match, error) {
	name, rest, detailed := strings.Cut(strings.ToLower(text), "/")
	if name == "icmp6" {
		name = "icmpv6"
	}
	switch name {
	case "tcp", "udp", "sctp":
		if detailed {
			return parsePorts(protocols[name], rest)
		}
	case "icmp", "icmpv6":
		return parseICMP(name == "icmpv6", rest, detailed)
	case "ip", "proto":
		return parseProtocol(rest)
	}
	proto := protocols[name]
	if proto == 0 {
		hint := suggest(name, protocolNames)
		if _, err := parseRange(text, 0xffff); err == nil {
			hint = fmt.Sprintf("did you mean \"tcp/%s\"? ", text)
		}
		return nil, fmt.Errorf("%q is no protocol: %sexpected the like of %s", name, hint, literals)
	}
	if detailed {
		return nil, fmt.Errorf("%s has no ports: expected %q", name, name)
	}
	return []Match{anyOf(proto)}, nil
}

func parsePorts(proto uint8, text string) ([]Match, error) {
	if strings.Contains(text, ",") {
		return nil, errors.New("several ports: expected one service for each, or a range")
	}
	r, err := parseRange(text, 0xffff)
	if err != nil {
		return nil, fmt.Errorf("port %w", err)
	}
	return []Match{{Point(proto, uint16(r.Lo)), Point(proto, uint16(r.Hi))}}, nil
}

func parseProtocol(text string) ([]Match, error) {
	n, err := parseNumber(text, 0xff)
	if err != nil {
		return nil, fmt.Errorf("protocol %w", err)
	}
	return []Match{anyOf(uint8(n))}, nil
}

// parseICMP reads what follows "icmp" or "icmpv6". Numbers differ between the
// two, so icmp with a number is ICMP for IPv4 alone; names speak for both.
func parseICMP(six bool, text string, detailed bool) ([]Match, error) {
	if !detailed && six {
		return []Match{anyOf(protoICMPv6)}, nil
	}
	if !detailed {
		return []Match{anyOf(protoICMP), anyOf(protoICMPv6)}, nil
	}
	var list []Match
	if kind, ok := icmpTypes[text]; ok && !six {
		list = append(list, typeMatch(protoICMP, kind))
	}
	if kind, ok := icmpv6Types[text]; ok {
		list = append(list, typeMatch(protoICMPv6, kind))
	}
	if list != nil {
		return list, nil
	}
	if text == "" || text[0] < '0' || text[0] > '9' {
		known := icmpNames(six)
		return nil, fmt.Errorf("unknown type %q: %sexpected a number or a name such as %s",
			text, suggest(text, known), oneOf([]string{"echo-request", "echo-reply", "time-exceeded"}))
	}
	return parseTypeCode(six, text)
}

func typeMatch(proto, kind uint8) Match {
	return Match{Point(proto, uint16(kind)<<8), Point(proto, uint16(kind)<<8|0xff)}
}

// parseTypeCode reads type or type/code, of which either may be a range as
// long as the result is one.
func parseTypeCode(six bool, text string) ([]Match, error) {
	proto := uint8(protoICMP)
	if six {
		proto = protoICMPv6
	}
	kind, code, coded := strings.Cut(text, "/")
	types, err := parseRange(kind, 0xff)
	if err != nil {
		return nil, fmt.Errorf("type %w", err)
	}
	codes := Range{0, 0xff}
	if coded {
		if codes, err = parseRange(code, 0xff); err != nil {
			return nil, fmt.Errorf("code %w", err)
		}
		if types.Lo != types.Hi {
			return nil, errors.New("a code with a range of types: expected one type")
		}
	}
	return []Match{{Point(proto, uint16(types.Lo<<8|codes.Lo)), Point(proto, uint16(types.Hi<<8|codes.Hi))}}, nil
}

// icmpNames returns the type names that may follow "icmp" or "icmpv6".
func icmpNames(six bool) []string {
	var names []string
	for name := range icmpv6Types {
		names = append(names, name)
	}
	for name := range icmpTypes {
		if !six {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ServiceText writes a service point the way rules name it.
func ServiceText(point uint32) string {
	proto, value := uint8(point>>16), point&0xffff
	switch proto {
	case protoTCP, protoUDP, protoSCTP:
		return fmt.Sprintf("%s/%d", protocolName(proto), value)
	case protoICMP:
		return typeText("icmp", icmpTypes, value)
	case protoICMPv6:
		return typeText("icmpv6", icmpv6Types, value)
	}
	if name := protocolName(proto); name != "" {
		return name
	}
	return fmt.Sprintf("ip/%d", proto)
}

func protocolName(proto uint8) string {
	for _, name := range protocolNames {
		if protocols[name] == proto {
			return name
		}
	}
	return ""
}

// typeText writes an ICMP message, by name if it has one and no code.
func typeText(proto string, types map[string]uint8, value uint32) string {
	for name, kind := range types {
		if uint32(kind)<<8 == value {
			return proto + "/" + name
		}
	}
	return fmt.Sprintf("%s/%d/%d", proto, value>>8, value&0xff)
}
