package suricata

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// stickyBuffers are those that take no argument, by their newest names.
const stickyBuffers = `
	http.uri http.uri.raw http.method http.protocol http.request_line http.header http.header.raw http.cookie
	http.user_agent http.host http.host.raw http.accept http.accept_enc http.accept_lang http.connection
	http.content_type http.content_len http.referer http.start http.header_names http.request_body
	http.stat_code http.stat_msg http.response_line http.response_body http.server http.location
	http.request_header http.response_header http2.header_name http2.header
	file.data file.name file.magic base64_data pkt_data
	dns.query dns.query.name dns.queries.rrname dns.answer.name dns.answers.rrname dns.response.rrname
	dns.authorities.rrname dns.additionals.rrname dns.response
	mdns.queries.rrname mdns.answers.rrname mdns.response.rrname mdns.authorities.rrname mdns.additionals.rrname
	tls.sni tls.cert_subject tls.cert_issuer tls.cert_serial tls.cert_fingerprint tls.certs tls.alpn
	tls.subjectaltname tls.random tls.random_time tls.random_bytes
	ja3.hash ja3.string ja3s.hash ja3s.string ja4.hash
	ssh.proto ssh.software ssh.hassh ssh.hassh.string ssh.hassh.server ssh.hassh.server.string
	smb.named_pipe smb.share smb.ntlmssp_user smb.ntlmssp_domain dcerpc.stub_data
	ftp.command ftp.command_data ftp.reply ftp.completion_code
	smtp.helo smtp.mail_from smtp.rcpt_to
	email.from email.subject email.to email.cc email.date email.message_id email.x_mailer email.url
	email.received email.body_md5
	sip.method sip.uri sip.request_line sip.stat_code sip.stat_msg sip.response_line sip.protocol sip.from
	sip.to sip.via sip.user_agent sip.content_type sip.content_length
	sdp.session_name sdp.session_info sdp.origin sdp.uri sdp.email sdp.phone_number sdp.connection_data
	sdp.bandwidth sdp.time sdp.repeat_time sdp.timezone sdp.encryption_key sdp.attribute
	sdp.media.media sdp.media.media_info sdp.media.connection_data sdp.media.encryption_key
	snmp.community snmp.usm krb5_cname krb5_sname krb5.cname krb5.sname
	mqtt.connect.clientid mqtt.connect.username mqtt.connect.password mqtt.connect.willtopic
	mqtt.connect.willmessage mqtt.publish.topic mqtt.publish.message mqtt.subscribe.topic mqtt.unsubscribe.topic
	rfb.name quic.version quic.sni quic.ua quic.cyu.hash quic.cyu.string
	ike.init_spi ike.resp_spi ike.vendor ike.nonce_payload ike.key_exchange_payload
	dhcp.requested_ip websocket.payload pgsql.query enip.product_name enip.service_name
	ldap.request.dn ldap.responses.dn ldap.responses.message ldap.request.attribute_type ldap.responses.attribute_type
	arp.data nfs.filename tftp.file tftp.mode pop3.command
	ipv4.hdr ipv6.hdr tcp.hdr udp.hdr icmpv4.hdr icmpv6.hdr ip.src ip.dst
	enip_command_data template.buffer dnp3_data dnp3.data`

// oldBuffers are older names of sticky buffers.
var oldBuffers = map[string]string{
	"http_accept": "http.accept", "http_accept_enc": "http.accept_enc", "http_accept_lang": "http.accept_lang",
	"http_connection": "http.connection", "http_content_type": "http.content_type",
	"http_content_len": "http.content_len", "http_header_names": "http.header_names",
	"http_protocol": "http.protocol", "http_referer": "http.referer", "http_request_line": "http.request_line",
	"http_response_line": "http.response_line", "http_start": "http.start", "http.server_body": "http.response_body",
	"file_data": "file.data", "dns_query": "dns.query",
	"tls_sni": "tls.sni", "tls_cert_subject": "tls.cert_subject", "tls_cert_issuer": "tls.cert_issuer",
	"tls_cert_serial": "tls.cert_serial", "tls_cert_fingerprint": "tls.cert_fingerprint",
	"ja3_hash": "ja3.hash", "ja3_string": "ja3.string", "ja3s_hash": "ja3s.hash",
	"ssh_proto": "ssh.proto", "ssh_software": "ssh.software",
	"smb_named_pipe": "smb.named_pipe", "smb_share": "smb.share", "dce_stub_data": "dcerpc.stub_data",
	"sip_method": "sip.method", "sip_uri": "sip.uri", "sip_stat_code": "sip.stat_code",
	"krb5_cname": "krb5.cname", "krb5_sname": "krb5.sname", "dnp3_data": "dnp3.data",
	"tls.issuer": "tls.cert_issuer", "tls.cert": "tls.certs",
}

// oldModifiers follow a content and say which buffer it looks into.
var oldModifiers = map[string]string{
	"http_uri": "http.uri", "http_raw_uri": "http.uri.raw", "http_method": "http.method",
	"http_header": "http.header", "http_raw_header": "http.header.raw", "http_cookie": "http.cookie",
	"http_user_agent": "http.user_agent", "http_host": "http.host", "http_raw_host": "http.host.raw",
	"http_client_body": "http.request_body", "http_server_body": "http.response_body",
	"http_stat_code": "http.stat_code", "http_stat_msg": "http.stat_msg",
}

// transforms change a buffer; those with an argument must have one.
var transforms = map[string]argKind{
	"to_lowercase": noArgs, "to_uppercase": noArgs, "strip_whitespace": noArgs, "compress_whitespace": noArgs,
	"to_md5": noArgs, "to_sha1": noArgs, "to_sha256": noArgs, "dotprefix": noArgs, "url_decode": noArgs,
	"header_lowercase": noArgs, "strip_pseudo_headers": noArgs, "domain": noArgs, "tld": noArgs,
	"gunzip": anyArgs, "zlib_deflate": anyArgs, "from_base64": anyArgs, "pcrexform": someArgs, "xor": someArgs,
	"subslice": someArgs,
}

// Buffers returns the names of the sticky buffers, in order and without older
// ones.
func Buffers() []string { return bufferNames() }

var bufferNames = sync.OnceValue(func() []string {
	names := strings.Fields(stickyBuffers)
	slices.Sort(names)
	return names
})

// Transforms returns the names of the transforms, in order.
func Transforms() []string { return transformNames() }

var transformNames = sync.OnceValue(func() []string { return slices.Sorted(maps.Keys(transforms)) })

func defineBuffers() {
	for _, name := range strings.Fields(stickyBuffers) {
		define(&keyword{name: name, args: anyArgs, read: readSticky}, name)
	}
	define(&keyword{name: "frame", read: readSticky}, "frame")
	for old, name := range oldBuffers {
		define(&keyword{name: name, args: anyArgs, read: readSticky}, old)
	}
	for old, name := range oldModifiers {
		define(&keyword{name: name, args: noArgs, read: readModifier}, old)
	}
	for name, args := range transforms {
		define(&keyword{name: name, args: args, read: readTransform}, name)
	}
	define(&keyword{name: "luaxform", why: "scripts (lua) are not run"}, "luaxform")
}

// readSticky sets the buffer that following conditions look into.
func readSticky(b *builder, o *option, k *keyword) error {
	if err := b.unused(); err != nil {
		return err
	}
	if k.name == "pkt_data" {
		b.sticky = sticky{}
		return nil
	}
	b.uses++
	b.sticky = sticky{buffer: k.name, keyword: o.keyword, at: o.at, use: b.uses, fresh: true}
	switch {
	case k.name == "frame":
		b.sticky.buffer = "frame:" + o.value
	case o.value == "to_server", o.value == "to_client":
		b.sticky.side = o.value
	case o.value != "":
		return fmt.Errorf("unexpected value %q: expected %s; or, in a rule with =>, %[2]s:to_server; or %[2]s:to_client;", short(o.value), o.keyword)
	}
	return nil
}

// unused reports a sticky buffer that no condition followed.
func (b *builder) unused() error {
	if !b.sticky.fresh {
		return nil
	}
	return &fault{at: b.sticky.at, keyword: b.sticky.keyword, reason: "no condition follows the buffer: expected content, pcre or another one behind it"}
}

func readTransform(b *builder, o *option, _ *keyword) error {
	if b.sticky.buffer == "" {
		return fmt.Errorf("no sticky buffer before it: expected one, such as http.uri")
	}
	if o.keyword == "pcrexform" && !o.quoted {
		return fmt.Errorf(`bad value %q: expected pcrexform:"expression"`, short(o.value))
	}
	if !b.sticky.fresh { // from here on it is another buffer
		b.uses++
		b.sticky.use, b.sticky.fresh, b.sticky.keyword, b.sticky.at = b.uses, true, o.keyword, o.at
	}
	b.sticky.transforms = append(slices.Clip(b.sticky.transforms), Transform{o.keyword, o.value})
	return nil
}

// readModifier moves the last content into a buffer.
func readModifier(b *builder, o *option, k *keyword) error {
	c, err := b.last(o.keyword)
	if err != nil {
		return err
	}
	m := &b.sig.Matches[b.content-1]
	switch {
	case m.Use != 0:
		return fmt.Errorf("content modifier behind sticky buffer %s: expected the sticky buffer %s instead, or pkt_data before the content",
			m.Buffer, k.name)
	case m.Buffer != "":
		return fmt.Errorf("the content looks into %s already: expected one buffer", m.Buffer)
	case c.RawBytes:
		return fmt.Errorf("the content has rawbytes: expected one of both")
	}
	m.Buffer = k.name
	return nil
}
