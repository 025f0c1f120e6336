package suricata

import (
	"fmt"
	"strings"
)

// keyword is how one word of the language is read.
type keyword struct {
	name     string // newest name
	args     argKind
	buffered bool // a condition on the sticky buffer that is set
	once     bool
	meta     bool   // of the rule as a whole: no condition
	why      string // it cannot be supported
	read     func(b *builder, o *option, k *keyword) error
}

type argKind uint8

const (
	someArgs argKind = iota
	noArgs
	anyArgs
)

// keywords is the whole language, by every name a keyword has.
var keywords = map[string]*keyword{}

func init() {
	for i := range metaKeywords {
		metaKeywords[i].meta = true
	}
	for _, list := range [][]keyword{metaKeywords, contentKeywords, byteKeywords, packetKeywords, stateKeywords, fileKeywords} {
		for i := range list {
			define(&list[i], list[i].name)
		}
	}
	defineBuffers()
	defineNumbers()
	defineWords()
	for old, name := range renamed {
		define(keywords[name], old)
	}
}

func define(k *keyword, name string) {
	keywords[name] = k
}

// renamed are old names of keywords that are no sticky buffers.
var renamed = map[string]string{
	"tcp.flags": "flags", "dce_iface": "dcerpc.iface", "dce_opnum": "dcerpc.opnum", "vxlan_vni": "vxlan.vni",
	"threshold.config": "threshold", "tcp.seq": "seq", "tcp.ack": "ack", "tcp.window": "window",
}

func (b *builder) unknown(o *option) error {
	if o.keyword == "" {
		return faultf(o.at, "missing keyword before %q", short(b.text[o.at:]))
	}
	names := make([]string, 0, len(keywords))
	for name := range keywords {
		names = append(names, name)
	}
	if near := nearest(o.keyword, names); near != "" {
		return fmt.Errorf("unknown keyword: did you mean %q?", near)
	}
	return fmt.Errorf("unknown keyword: expected one of Suricata's rule language")
}

// nearest returns the name that differs least, "" if all differ much.
func nearest(word string, names []string) string {
	best, least := "", max(1, len(word)/4)+1
	if len(word) > 64 {
		return ""
	}
	for _, name := range names {
		if d := distance(word, name); d < least || d == least && best != "" && name < best {
			best, least = name, d
		}
	}
	return best
}

// distance is the number of characters to change, add or take out.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		left := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := left
			if a[i] != b[j] {
				cost++
			}
			left = row[j+1]
			row[j+1] = min(cost, row[j+1]+1, row[j]+1)
		}
	}
	return row[len(b)]
}

// readWords keeps the arguments as they are.
func readWords(b *builder, o *option, k *keyword) error {
	m := b.add(o, k)
	value := o.value
	if !o.quoted && strings.HasPrefix(value, "!") {
		m.Negated = true
		value = strings.TrimSpace(value[1:])
	}
	m.Args = splitArgs(value)
	return nil
}

func words(text string, args argKind, buffered bool) {
	for _, name := range strings.Fields(text) {
		define(&keyword{name: name, args: args, buffered: buffered, read: readWords}, name)
	}
}

// defineWords enters the keywords that are no more than their arguments.
func defineWords() {
	words(`app-layer-protocol app-layer-event app-layer-state decode-event engine-event stream-event
		geoip ipopts rpc stream_size asn1 tls.version ssl_version ssl_state ssh.protoversion
		ssh.softwareversion ip.options tcp.option l3_proto ipv4-csum tcpv4-csum udpv4-csum icmpv4-csum
		tcpv6-csum udpv6-csum icmpv6-csum ipv6-csum dcerpc.iface dcerpc.opnum
		smb.version smb.ntlmssp_version http2.errorcode http2.frametype ftp.mode ftp.reply_received
		krb5_err_code krb5_msg_type krb5.ticket_encryption krb5_ticket_encryption
		snmp.pdu_type modbus dnp3_func dnp3_ind dnp3_obj dnp3.func dnp3.ind dnp3.obj cip_service enip_command
		ikev1.exch_type mqtt.type mqtt.flags mqtt.qos mqtt.reason_code mqtt.connect.flags nfs_procedure nfs_version
		rfb.secresult sip.cseq quic.version.number websocket.opcode websocket.flags ldap.request.operation
		ldap.responses.operation ldap.responses.result_code pgsql.query_type
		ssh.hassh.version ftpdata_command segment.src segment.dst vtep.src vtep.dst
		filemd5 filesha1 filesha256`, someArgs, false)
	words(`entropy datarep`, someArgs, true)
	words(`absent`, anyArgs, true)
	words(`sameip ftpbounce filestore bypass tls.store tls_cert_valid tls_cert_expired
		tls_cert_notbefore tls_cert_notafter http2.window_update`, anyArgs, false)
}
