package suricata

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// numbered are the keywords that compare a number, by its largest value.
var numbered = []struct {
	max   int64
	names string
}{
	{math.MaxUint8, "ttl itype icode icmpv6.type icmpv6.code tos dns.opcode tls.cert_chain_len snmp.version ip_proto " +
		"mqtt.protocol_version rfb.sectype http2.priority flow.elephant ike.exchtype"},
	{math.MaxUint16, "dsize urilen icmp_id icmp_seq window id fragoffset tcp.mss dns.rcode dns.rrtype vlan.id vlan.layers " +
		"dcerpc.ctxid ftp.dynamic_port ike.nonce_payload_length ike.key_exchange_payload_length vxlan.group " +
		"tcp.wscale enip.command enip.status enip.attribute_id"},
	{1<<24 - 1, "vxlan.vni"},
	{math.MaxUint32, "seq ack icmpv6.mtu flow.age flow.pkts flow.pkts_toclient flow.pkts_toserver dhcp.leasetime " +
		"dhcp.rebinding_time dhcp.renewal_time http2.window http2.size_update ldap.responses.count " +
		"stream.pkt_count quic.version_number"},
	{math.MaxInt64, "filesize flow.bytes flow.bytes_toclient flow.bytes_toserver"},
}

func defineNumbers() {
	for _, n := range numbered {
		for _, name := range strings.Fields(n.names) {
			define(&keyword{name: name, read: readNumber(n.max)}, name)
		}
	}
	define(&keyword{name: "bsize", buffered: true, read: readBufferSize}, "bsize")
	define(&keyword{name: "http2.settings", read: readWords}, "http2.settings")
}

// readNumber reads a comparison. Words before it (flow.pkts:toclient,>3) or
// behind it (vlan.id:10,1 and urilen:5,norm) stay in Args.
func readNumber(max int64) readFunc {
	return func(b *builder, o *option, k *keyword) error {
		args := splitArgs(strings.Trim(o.value, `"`))
		if o.negated {
			args[0] = "!" + args[0]
		}
		at := 0
		for at < len(args)-1 && isWord(args[at]) && k.name != "ip_proto" {
			at++
		}
		n, err := number(args[at], max, valueNames[k.name])
		if err != nil {
			return err
		}
		for _, a := range args[at+1:] {
			if k.name == "urilen" && a != "norm" && a != "raw" {
				return fmt.Errorf("unknown word %q: expected norm or raw", short(a))
			}
			n.Norm = n.Norm || a == "norm"
		}
		m := b.add(o, k)
		m.Number, m.Args = n, args
		return nil
	}
}

func isWord(text string) bool {
	return text == "either" || text == "to_client" || text == "to_server" || text == "toclient" || text == "toserver" || text == "both"
}

// readBufferSize reads bsize, which is about the sticky buffer.
func readBufferSize(b *builder, o *option, k *keyword) error {
	if b.sticky.buffer == "" {
		return fmt.Errorf("no sticky buffer before it: expected one, such as http.uri")
	}
	return readNumber(math.MaxUint32)(b, o, k)
}

// number reads a comparison: 5, <5, >5, <=5, >=5, =5, !5, !=5, 5-9, 5<>9, !5-9,
// &0xf0, &0xf0=0x10. Suricata leaves both ends out of a range; here they are in it.
func number(text string, max int64, names map[string]int64) (*Number, error) {
	text = strings.ReplaceAll(text, " ", "")
	bad := fmt.Errorf("bad comparison %q: expected a number of 0 to %d, or one such as <5, >=5, !5, 5-9 or &0x0f", short(text), max)
	rest, negated := strings.CutPrefix(text, "!")
	rest, equals := strings.CutPrefix(rest, "=")
	p := parts{max: max, names: names}
	var n *Number
	if a, b, ok := cutRange(rest); ok && !equals {
		n = &Number{Op: Between, A: p.one(a) + 1, B: p.one(b) - 1}
		p.bad = p.bad || n.A > n.B
	} else if strings.HasPrefix(rest, "&") && !equals {
		n = p.mask(rest[1:])
	} else {
		n = p.simple(rest, equals)
	}
	if p.bad {
		return nil, bad
	}
	if negated {
		n.Op = opposite[n.Op]
	}
	return n, nil
}

var opposite = map[Compare]Compare{
	Equal: NotEqual, NotEqual: Equal, Less: GreaterEqual, Greater: LessEqual, LessEqual: Greater, GreaterEqual: Less,
	Between: NotBetween, BitAnd: NotBitAnd, AllBits: NotAllBits, NotAllBits: AllBits,
}

func cutRange(text string) (a, b string, ok bool) {
	if a, b, ok = strings.Cut(text, "<>"); ok {
		return a, b, true
	}
	if i := strings.IndexByte(text, '-'); i > 0 && text[0] >= '0' && text[0] <= '9' {
		return text[:i], text[i+1:], true
	}
	return "", "", false
}

// parts reads the numbers of a comparison and remembers a bad one.
type parts struct {
	max   int64
	names map[string]int64
	bad   bool
}

func (p *parts) one(text string) int64 {
	text = p.unit(text)
	if n, ok := p.names[strings.ToUpper(text)]; ok {
		return n
	}
	base := 10
	if hex, ok := strings.CutPrefix(strings.ToLower(text), "0x"); ok {
		text, base = hex, 16
	}
	n, err := strconv.ParseInt(text, base, 64)
	if err != nil || n < 0 || n > p.max {
		p.bad = true
		return 0
	}
	return n
}

// unit turns 5KiB into 5120: sizes of files may be written so.
func (p *parts) unit(text string) string {
	lower := strings.ToLower(text)
	for i, unit := range []string{"k", "m", "g"} {
		for _, suffix := range []string{unit + "ib", unit + "b"} {
			if digits, ok := strings.CutSuffix(lower, suffix); ok {
				n, err := strconv.ParseInt(digits, 10, 32)
				if err == nil && n >= 0 {
					return strconv.FormatInt(n<<(10*(i+1)), 10)
				}
			}
		}
	}
	return text
}

func (p *parts) simple(text string, equals bool) *Number {
	op := Equal
	for _, o := range []struct {
		sign string
		op   Compare
	}{{"<=", LessEqual}, {">=", GreaterEqual}, {"<", Less}, {">", Greater}} {
		if rest, ok := strings.CutPrefix(text, o.sign); ok && !equals {
			op, text = o.op, rest
			break
		}
	}
	return &Number{Op: op, A: p.one(text)}
}

// mask reads "0xf0", "0xf0=0x10" and "0xf0!=0x10".
func (p *parts) mask(text string) *Number {
	a, b, ok := strings.Cut(text, "=")
	if !ok {
		return &Number{Op: BitAnd, A: p.one(text)}
	}
	op := AllBits
	if a2, negated := strings.CutSuffix(a, "!"); negated {
		a, op = a2, NotAllBits
	}
	return &Number{Op: op, A: p.one(a), B: p.one(b)}
}

// valueNames are words that stand for numbers.
var valueNames = map[string]map[string]int64{
	"ip_proto": {"ICMP": 1, "IGMP": 2, "IP": 4, "IPIP": 4, "TCP": 6, "EGP": 8, "IGP": 9, "UDP": 17, "IPV6": 41, "ROUTING": 43,
		"FRAGMENT": 44, "RSVP": 46, "GRE": 47, "ESP": 50, "AH": 51, "IPV6-ICMP": 58, "ICMPV6": 58, "NONE": 59, "DSTOPTS": 60,
		"EIGRP": 88, "OSPF": 89, "PIM": 103, "VRRP": 112, "L2TP": 115, "SCTP": 132},
	"dns.rcode": {"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6,
		"YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10, "BADVERS": 16, "BADKEY": 17, "BADTIME": 18, "BADMODE": 19},
	"dns.rrtype": {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "NULL": 10, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "AAAA": 28,
		"LOC": 29, "SRV": 33, "NAPTR": 35, "DNAME": 39, "OPT": 41, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48,
		"TLSA": 52, "SVCB": 64, "HTTPS": 65, "SPF": 99, "TKEY": 249, "TSIG": 250, "IXFR": 251, "AXFR": 252, "ANY": 255},
}
