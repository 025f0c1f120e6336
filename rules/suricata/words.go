package suricata

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// choices are the words that an argument may be, where it may not be anything.
var choices = map[string][]string{
	"ipopts":             strings.Fields("rr lsrr eol nop ts sec esec ssrr satid any"),
	"tls.version":        strings.Fields("1.0 1.1 1.2 1.3"),
	"ssl_version":        strings.Fields("sslv2 sslv3 tls1.0 tls1.1 tls1.2 tls1.3"),
	"ssl_state":          strings.Fields("client_hello server_hello client_keyx server_keyx unknown"),
	"l3_proto":           strings.Fields("ipv4 ip4 ipv6 ip6"),
	"ipv4-csum":          strings.Fields("valid invalid"),
	"tcpv4-csum":         strings.Fields("valid invalid"),
	"tcpv6-csum":         strings.Fields("valid invalid"),
	"udpv4-csum":         strings.Fields("valid invalid"),
	"udpv6-csum":         strings.Fields("valid invalid"),
	"icmpv4-csum":        strings.Fields("valid invalid"),
	"icmpv6-csum":        strings.Fields("valid invalid"),
	"ftp.mode":           strings.Fields("active passive"),
	"ftp.reply_received": strings.Fields("yes no on off true false 1 0"),
}

// readWords keeps the arguments as they are.
func readWords(b *builder, o *option, k *keyword) error {
	value, negated := o.value, o.negated
	if rest, not := strings.CutPrefix(value, "!"); not && !o.quoted {
		value, negated = strings.TrimSpace(rest), true
	}
	args := splitArgs(value)
	if err := checkWords(k.name, args); err != nil {
		return err
	}
	m := b.add(o, k)
	m.Negated, m.Args = negated, args
	return nil
}

// checkWords compares arguments with those that there may be. An argument may
// have a "!" of its own, and stand between bars with others.
func checkWords(keyword string, args []string) error {
	if keyword == "stream_size" {
		return checkStreamSize(args)
	}
	known := choices[keyword]
	for _, arg := range args {
		for _, word := range strings.Split(arg, "|") {
			word = strings.ToLower(strings.TrimSpace(strings.TrimPrefix(word, "!")))
			hex := keyword == "tls.version" && strings.HasPrefix(word, "0x")
			if known != nil && !hex && !slices.Contains(known, word) {
				return fmt.Errorf("bad value %q: expected one of %s", short(word), strings.Join(known, " "))
			}
		}
	}
	return nil
}

func checkStreamSize(args []string) error {
	sides, signs := strings.Fields("server client both either"), strings.Fields("< > = == <= >= != !")
	if len(args) != 3 || !slices.Contains(sides, args[0]) || !slices.Contains(signs, args[1]) {
		return fmt.Errorf("expected side,sign,bytes with server, client, both or either, and one of %s", strings.Join(signs, " "))
	}
	if _, err := strconv.ParseUint(args[2], 10, 32); err != nil {
		return fmt.Errorf("bad number %q: expected 0 to 4294967295", short(args[2]))
	}
	return nil
}

// readVTEP reads addresses as a header has them.
func readVTEP(b *builder, o *option, k *keyword) error {
	value, not := strings.CutPrefix(o.value, "!")
	if strings.Contains(value, ",") && !strings.HasPrefix(strings.TrimSpace(value), "[") {
		value = "[" + value + "]"
	}
	set, f := b.set(word{text: value, at: o.valueAt})
	if f != nil {
		return f
	}
	m := b.add(o, k)
	m.Addresses, m.Negated, m.Args = &set, not || o.negated, splitArgs(strings.TrimPrefix(o.value, "!"))
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
		ssh.hassh.version ftpdata_command segment.src segment.dst
		filemd5 filesha1 filesha256`, someArgs, false)
	words(`entropy datarep`, someArgs, true)
	words(`absent`, anyArgs, true)
	words(`sameip ftpbounce filestore bypass tls.store tls_cert_valid tls_cert_expired
		tls_cert_notbefore tls_cert_notafter http2.window_update`, anyArgs, false)
	for _, name := range []string{"vtep.src", "vtep.dst"} {
		define(&keyword{name: name, read: readVTEP}, name)
	}
}
