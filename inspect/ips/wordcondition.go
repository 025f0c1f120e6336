package ips

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/wire"
	"vxwall/rules/suricata"
)

// ask is a condition without memory of its own.
type ask func(d *Detector) bool

func (a ask) holds(d *Detector) bool { return a(d) }

// packetCondition compiles a condition on the packet or its flow, nil if there is none such.
func (b *builder) packetCondition(m *suricata.Match) condition {
	switch {
	case m.Number != nil && numbers[m.Keyword] != nil:
		return &numeric{numbers[sided(m)], *m.Number}
	case m.Flags != nil:
		return tcpFlags(m.Flags)
	case m.FragBits != nil:
		return fragBits(m.FragBits)
	case m.IPRep != nil:
		return b.reputation(m)
	}
	switch m.Keyword {
	case "sameip":
		return ask(func(d *Detector) bool { return d.in.Key.Src == d.in.Key.Dst })
	case "stream_size":
		return streamSize(m.Args)
	case "app-layer-protocol":
		return b.appProtocol(m)
	case "app-layer-event":
		return b.appEvent(m)
	case "stream-event":
		return b.event(m, b.options.StreamEvents, func(d *Detector) *app.EventSet { return &d.in.StreamEvents })
	case "decode-event", "engine-event":
		return b.event(m, b.options.DecodeEvents, func(d *Detector) *app.EventSet { return &d.in.DecodeEvents })
	case "ipopts", "ip.options":
		return ipOption(m)
	case "l3_proto":
		return ipVersion(m)
	case "vtep.src", "vtep.dst":
		return vtep(m)
	case "segment.src", "segment.dst":
		return b.segment(m)
	}
	return checksum(m)
}

// sided returns the keyword of a number of one direction: flow.pkts:toclient,>3 is flow.pkts_toclient.
func sided(m *suricata.Match) string {
	for _, arg := range m.Args {
		switch arg {
		case "toclient", "to_client":
			return m.Keyword + "_toclient"
		case "toserver", "to_server":
			return m.Keyword + "_toserver"
		}
	}
	return m.Keyword
}

func tcpFlags(f *suricata.TCPFlags) condition {
	want, ignore, op := f.Flags, f.Ignore, f.Op
	return ask(func(d *Detector) bool {
		if d.in.Key.Proto != wire.ProtoTCP || len(d.in.L4) < 14 {
			return false
		}
		return bitsMatch(d.in.L4[13]&^ignore, want, op)
	})
}

// bitsMatch compares bits as flags and fragbits do.
func bitsMatch(got, want uint8, op byte) bool {
	switch op {
	case '+':
		return got&want == want
	case '*':
		return got&want != 0
	case '!':
		return got&want != want
	}
	return got == want
}

func fragBits(f *suricata.FragBits) condition {
	want, op := f.Bits, f.Op
	return ask(func(d *Detector) bool {
		v, ok := d.ip16(6)
		got := uint8(v>>13&1 | v>>14&1<<1 | v>>15&1<<2) // M, D, R
		return ok && bitsMatch(got, want, op)
	})
}

// streamSize reads stream_size:client,>,100.
func streamSize(args []string) condition {
	if len(args) != 3 {
		return nil
	}
	n, err := strconv.ParseInt(args[2], 10, 64)
	op, ok := compares[args[1]]
	sides := map[string]int{"server": 1, "client": 0, "both": 2, "either": 3}
	side, known := sides[args[0]]
	if err != nil || !ok || !known {
		return nil
	}
	number := suricata.Number{Op: op, A: n}
	return ask(func(d *Detector) bool {
		client, server := chain.Holds(&number, int64(d.in.StreamSize[0])), chain.Holds(&number, int64(d.in.StreamSize[1]))
		answers := [4]bool{client, server, client && server, client || server}
		return d.in.Key.Proto == wire.ProtoTCP && answers[side]
	})
}

var compares = map[string]suricata.Compare{
	"=": suricata.Equal, "==": suricata.Equal, "!=": suricata.NotEqual, "!": suricata.NotEqual, "<": suricata.Less, ">": suricata.Greater,
	"<=": suricata.LessEqual, ">=": suricata.GreaterEqual,
}

// appProtocol is app-layer-protocol. Negated, it holds once the protocol is known, or given up.
func (b *builder) appProtocol(m *suricata.Match) condition {
	if len(m.Args) == 0 {
		return nil
	}
	b.apps = append(b.apps, m.Args[0])
	name, negated := m.Args[0], m.Negated
	if name == "failed" || name == "unknown" {
		want := map[string]AppState{"failed": AppFailed, "unknown": AppUnknown}[name]
		return ask(func(d *Detector) bool { return (d.in.AppState == want) != negated })
	}
	names := expand(appName(name))
	return ask(func(d *Detector) bool {
		if d.in.AppState == AppUnknown {
			return false
		}
		return slices.Contains(names, d.in.App) != negated
	})
}

// event is an event by its name in a list.
func (b *builder) event(m *suricata.Match, names []string, of func(*Detector) *app.EventSet) condition {
	name := strings.Join(m.Args, ",")
	n := slices.IndexFunc(names, func(known string) bool {
		return known == name || known == "stream."+name || "stream."+known == name || "decoder."+known == name
	})
	if n < 0 || n > 255 {
		return nil
	}
	return ask(func(d *Detector) bool { return of(d).Has(app.Event(n)) })
}

// ipOption looks for an option of IPv4.
func ipOption(m *suricata.Match) condition {
	kinds := map[string]byte{"eol": 0, "nop": 1, "sec": 130, "lsrr": 131, "ts": 68, "esec": 133, "cipso": 134, "rr": 7, "satid": 136, "sid": 136, "ssrr": 137, "rtralt": 148}
	if len(m.Args) == 0 {
		return nil
	}
	kind, ok := kinds[m.Args[0]]
	if !ok && m.Args[0] != "any" {
		return nil
	}
	every := !ok
	return ask(func(d *Detector) bool { return hasOption(d, kind, every) })
}

func hasOption(d *Detector, kind byte, every bool) bool {
	if d.version != 4 || len(d.in.L3) < wire.IPv4MinLen {
		return false
	}
	end := min(wire.IPv4(d.in.L3).HeaderLen(), len(d.in.L3))
	if every {
		return end > wire.IPv4MinLen
	}
	for at := wire.IPv4MinLen; at < end; {
		switch got := d.in.L3[at]; {
		case got == kind:
			return true
		case got == 0:
			return false
		case got == 1:
			at++
		case at+1 >= end || d.in.L3[at+1] < 2:
			return false
		default:
			at += int(d.in.L3[at+1])
		}
	}
	return false
}

func ipVersion(m *suricata.Match) condition {
	if len(m.Args) == 0 {
		return nil
	}
	version := map[string]uint8{"ipv4": 4, "ip4": 4, "ipv6": 6, "ip6": 6}[m.Args[0]]
	return ask(func(d *Detector) bool { return d.version == version })
}

// vtep compares an outer address with addresses.
func vtep(m *suricata.Match) condition {
	if m.Addresses == nil {
		return nil
	}
	spans := addrSet{spans: union(m.Addresses.In)}
	anyOne, side, negated := m.Addresses.Any(), 0, m.Negated
	if m.Keyword == "vtep.dst" {
		side = 1
	}
	return ask(func(d *Detector) bool {
		return d.in.VTEP[side] != [16]byte{} && (anyOne || spans.has(&d.in.VTEP[side])) != negated
	})
}

// segment compares the segment of an end, as the ACL found it.
func (b *builder) segment(m *suricata.Match) condition {
	if b.options.Segment == nil {
		return nil
	}
	var ids []int32
	for _, name := range m.Args {
		id, ok := b.options.Segment(name)
		if !ok {
			b.failMatch(m, "unknown segment "+name)
		}
		ids = append(ids, id)
	}
	source, negated := m.Keyword == "segment.src", m.Negated
	return ask(func(d *Detector) bool {
		if d.in.Flow == nil || d.in.Flow.Judgement.Revision == 0 {
			return false
		}
		id := d.in.Flow.Judgement.To
		if source == (d.in.Dir == 0) {
			id = d.in.Flow.Judgement.From
		}
		return slices.Contains(ids, id) != negated
	})
}

// reputation is iprep.
func (b *builder) reputation(m *suricata.Match) condition {
	r, score := m.IPRep, b.options.Reputation
	if score == nil {
		b.failMatch(m, "no reputation is loaded")
		return nil
	}
	number := suricata.Number{Op: r.Op, A: int64(r.Value)}
	one := func(a *[16]byte) bool {
		v, ok := score(netip.AddrFrom16(*a).Unmap(), r.Category)
		if r.IsSet || r.IsNotSet {
			return ok == r.IsSet
		}
		return ok && chain.Holds(&number, int64(v))
	}
	return ask(func(d *Detector) bool {
		switch r.Side {
		case "src":
			return one(&d.in.Key.Src)
		case "dst":
			return one(&d.in.Key.Dst)
		case "both":
			return one(&d.in.Key.Src) && one(&d.in.Key.Dst)
		}
		return one(&d.in.Key.Src) || one(&d.in.Key.Dst)
	})
}
