package suricata

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
)

// Ports are counted in int so that the one behind the last is one, too.
var portSpace = space[int]{cmp.Compare[int], func(p int) int { return p + 1 }, func(p int) int { return p - 1 }, 0, 0xffff}

func newPorts(vars map[string]string) *group[[]interval[int]] {
	return &group[[]interval[int]]{
		vars: vars, kind: "port", single: parsePort, cache: map[string]cached[[]interval[int]]{},
		add:     func(a, b []interval[int]) []interval[int] { return append(a, b...) },
		join:    portSpace.join,
		without: portSpace.without,
		all:     portSpace.complement(nil),
	}
}

// parsePort reads "80", "80:90", ":1024" or "1024:".
func parsePort(text string) ([]interval[int], error) {
	first, last, isRange := strings.Cut(text, ":")
	if !isRange {
		last = first
	} else if first == "" {
		first = "0"
	}
	if last == "" && isRange {
		last = "65535"
	}
	a, err := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	b, err2 := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if err != nil || err2 != nil {
		return nil, fmt.Errorf("bad port %q: expected 0 to 65535, or a range such as 1024:2000", short(text))
	}
	if b < a {
		return nil, fmt.Errorf("bad range %q: expected the lower port first", short(text))
	}
	return []interval[int]{{int(a), int(b)}}, nil
}

// ports turns a set into the model's form, in order and without Not.
func portsOf(list []interval[int]) (Ports, bool) {
	if len(list) == 1 && list[0] == (interval[int]{0, 0xffff}) {
		return Ports{}, true
	}
	var out Ports
	for _, v := range list {
		out.In = append(out.In, PortRange{uint16(v.first), uint16(v.last)})
	}
	return out, len(out.In) > 0
}
