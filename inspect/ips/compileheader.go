package ips

import (
	"fmt"
	"slices"
	"strings"

	"vxwall/inspect/app"
	"vxwall/rules/suricata"
)

// allClasses are the bits of all classes.
const allClasses = 1<<classes - 1

// transports are the protocols of a rule's header that are no applications.
var transports = map[string]uint8{
	"ip": allClasses, "ipv4": allClasses, "ipv6": allClasses, "ip4": allClasses, "ip6": allClasses, "pkthdr": allClasses,
	"tcp": 1 << classTCP, "tcp-pkt": 1 << classTCP, "tcp-stream": 1 << classTCP, "udp": 1 << classUDP,
	"icmp": 1<<classICMP | 1<<classICMP6, "icmpv4": 1 << classICMP, "icmp4": 1 << classICMP, "icmpv6": 1 << classICMP6, "icmp6": 1 << classICMP6,
	"sctp": 1 << classSCTP,
}

// aliases are other names of application protocols, as Input.App has them.
var aliases = map[string]string{"http1": "http", "ssl": "tls", "dcerpc": "dcerpc", "dnp3": "dnp3"}

// covers says which applications a rule for one is about.
var covers = map[string][]string{"http": {"http", "http2"}, "dns": {"dns", "doh2"}, "http2": {"http2", "doh2"}}

// appName is a protocol's name as Input.App has it.
func appName(name string) string {
	if other, ok := aliases[name]; ok {
		return other
	}
	return name
}

// header compiles what stands before the parenthesis.
func (b *builder) header() {
	s, r := b.sig, b.rule
	r.action, r.both, r.whole = s.Action, s.Bidirectional, s.Transaction
	r.src, r.dst = b.set(&s.Src), b.set(&s.Dst)
	r.sport, r.dport = portsOf(&s.SrcPort), portsOf(&s.DstPort)
	name, step, _ := strings.Cut(s.Protocol, ":")
	if step != "" {
		b.hook(appName(name), step)
	}
	r.classes = allClasses
	if bits, ok := transports[name]; ok {
		r.classes = bits
		switch name {
		case "ipv4", "ip4":
			r.version = 4
		case "ipv6", "ip6":
			r.version = 6
		}
		return
	}
	r.app, r.classes = appName(name), 1<<classTCP|1<<classUDP
	if b.options.Apps != nil && !b.parsed(r.app) {
		b.fail(1, "", fmt.Sprintf("protocol %s is not parsed: expected a transport, or one of %s", name, strings.Join(b.options.Apps, ", ")))
	}
}

// hook compiles the step that stands behind a protocol.
func (b *builder) hook(protocol, step string) {
	h, ok := newHook(protocol, step)
	if !ok {
		b.fail(1, "", "hook "+step+" is not supported: expected a step of "+protocol+", such as request_complete")
		return
	}
	b.rule.dirs = 1 << h.dir
	b.rule.txs = append(b.rule.txs, txIndexed{-1, h})
}

// parsed says whether one of the applications that a name covers is parsed.
func (c *compiler) parsed(name string) bool {
	return slices.ContainsFunc(expand(name), func(n string) bool { return slices.Contains(c.options.Apps, n) })
}

// expand returns the applications that a rule for a name is about.
func expand(name string) []string {
	if list, ok := covers[name]; ok {
		return list
	}
	return []string{name}
}

// set returns the number of an address set, anySet for all.
func (c *compiler) set(a *suricata.Addresses) int32 {
	if a.Any() {
		return anySet
	}
	spans := spansOf(a)
	var key strings.Builder
	for i := range spans {
		key.Write(spans[i].first[:])
		key.Write(spans[i].last[:])
	}
	id, ok := c.sets[key.String()]
	if !ok {
		id = int32(len(c.engine.sets))
		c.sets[key.String()] = id
		c.engine.sets = append(c.engine.sets, addrSet{spans: spans})
	}
	return id
}

// flowKeyword compiles the keyword flow.
func (b *builder) flowKeyword(f *suricata.Flow) {
	r := b.rule
	if f.ToServer {
		r.dirs = 1
	}
	if f.ToClient {
		r.dirs = 2
	}
	for bit, on := range map[uint8]bool{
		flowEstablished: f.Established, flowNotEstablished: f.NotEstablished, flowOnlyFrag: f.OnlyFrag, flowNoFrag: f.NoFrag,
		flowOnlyStream: f.OnlyStream, flowNoStream: f.NoStream,
	} {
		if on {
			r.flow |= bit
		}
	}
	if !f.Stateless && (f.ToServer || f.ToClient || f.Established) {
		r.flow |= flowAny
	}
	b.established = f.Established || f.NotEstablished || f.OnlyFrag || f.NoFrag
	b.flowed = true
}

// directions says in which directions the rule is judged.
func (b *builder) directions() {
	r := b.rule
	if r.whole {
		r.dirs = 3
	}
	if r.dirs == 0 {
		for i := range r.buffers {
			info := b.engine.keys[r.buffers[i].key].info
			if info.ToServer != info.ToClient {
				r.dirs |= side(info)
			}
		}
	}
	for i := range r.txs {
		if n, ok := r.txs[i].txCondition.(*txNumber); ok && r.dirs == 0 && n.ofRequest() {
			r.dirs = 1
		}
	}
	if r.dirs == 0 {
		r.dirs = 3
	}
	for i := range r.buffers {
		c := &r.buffers[i]
		if c.dir >= 0 {
			continue // the rule says which
		}
		switch info := b.engine.keys[c.key].info; {
		case info.ToServer != info.ToClient:
			c.dir = int8(side(info) - 1)
		case r.dirs != 3:
			c.dir = int8(r.dirs - 1)
		}
	}
}

// side is the direction of a buffer that has one, as a bit of rule.dirs.
func side(info *app.BufferInfo) uint8 {
	if info.ToServer {
		return 1
	}
	return 2
}

// classify finds the kind of the rule.
func (b *builder) classify() {
	r := b.rule
	switch {
	case len(r.buffers) > 0 || len(r.txs) > 0:
		r.kind = kindTx
		b.where()
	case r.payload != nil:
		r.kind = kindPacket
		if b.where(); r.where&whereStream != 0 {
			r.kind = kindStream
		}
	case r.app == "" && len(b.apps) > 0 && !b.session && !b.established:
		r.kind = kindProtocol
	case r.app != "" || len(b.apps) > 0:
		r.kind = kindApp
	case !b.session && !b.packet && !b.flowed && b.sig.Protocol != "pkthdr":
		r.kind = kindAddress
	default:
		r.kind = kindPacket
	}
}

// where says what the conditions on the payload look into. TCP is looked at as a
// stream, unless the rule asks for something that only a packet has; at packets
// too, if a place in the payload is given.
func (b *builder) where() {
	r := b.rule
	if r.payload == nil {
		return
	}
	tcp := r.classes&(1<<classTCP) != 0
	switch {
	case !tcp || b.packet || r.flow&flowNoStream != 0 || b.sig.Protocol == "tcp-pkt":
		r.where = wherePacket
	case r.flow&flowOnlyStream != 0 || b.sig.Protocol == "tcp-stream":
		r.where = whereStream
	default:
		r.where = whereStream
		for i := range b.sig.Matches {
			if c := b.sig.Matches[i].Content; c != nil && b.sig.Matches[i].Buffer == "" && (c.Offset.Set || c.Depth.Set || c.StartsWith) {
				r.where |= wherePacket
			}
		}
	}
}
