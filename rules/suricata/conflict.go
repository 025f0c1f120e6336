package suricata

import (
	"fmt"
	"slices"
	"strings"
)

// families says which protocols the keywords of a prefix are of. Keywords
// without one (file.data, base64_data, dsize) go with any.
var families = map[string][]string{
	"http": {"http1", "http2", "doh2"}, "http2": {"http2", "doh2"}, "tls": {"tls"},
	"ja3": {"tls", "quic"}, "ja3s": {"tls", "quic"}, "ja4": {"tls", "quic"}, "quic": {"quic"},
	"dns": {"dns", "doh2"}, "mdns": {"mdns"}, "ssh": {"ssh"}, "smb": {"smb"}, "dcerpc": {"dcerpc", "smb"},
	"ftp": {"ftp"}, "smtp": {"smtp"}, "email": {"smtp"}, "sip": {"sip"}, "sdp": {"sip"}, "snmp": {"snmp"}, "mqtt": {"mqtt"},
	"rfb": {"rfb"}, "ike": {"ike"}, "dhcp": {"dhcp"}, "websocket": {"websocket"}, "pgsql": {"pgsql"},
	"ldap": {"ldap"}, "krb5": {"krb5"},
}

// headerFamilies are protocols of headers by other names.
var headerFamilies = map[string][]string{
	"http": {"http1", "http2", "doh2"}, "ssl": {"tls"}, "ikev2": {"ike"}, "http2": {"http2", "doh2"}, "dns": {"dns", "doh2"},
}

// lowProtocols say nothing of the application.
var lowProtocols = []string{"ip", "ip4", "ip6", "ipv4", "ipv6", "tcp", "tcp-pkt", "tcp-stream", "udp", "icmp", "icmpv4", "icmpv6",
	"sctp", "ether", "arp", "pkthdr", "file"}

// Buffers that one side alone fills.
var (
	requestBuffers = strings.Fields(`http.uri http.uri.raw http.method http.user_agent http.host http.host.raw http.request_line
		http.request_body http.accept http.accept_enc http.accept_lang http.referer http.request_header
		tls.sni ja3.hash ja3.string ja4.hash`)
	responseBuffers = strings.Fields(`http.stat_code http.stat_msg http.response_line http.response_body http.server
		http.location http.response_header ja3s.hash ja3s.string`)
)

// conflict finds two parts of a rule that no traffic can both meet: keywords of
// two protocols, or of the two directions.
func (b *builder) conflict() error {
	base, _, _ := strings.Cut(b.sig.Protocol, ":")
	var allowed []string
	if !slices.Contains(lowProtocols, base) {
		if allowed = headerFamilies[base]; allowed == nil {
			allowed = []string{base}
		}
	}
	by := base
	for i := range b.sig.Matches {
		m := &b.sig.Matches[i]
		name := m.Buffer
		if name == "" {
			name = m.Keyword
		}
		prefix, _, dotted := strings.Cut(name, ".")
		family := families[prefix]
		if family == nil || !dotted {
			continue
		}
		common := both(allowed, family)
		if allowed != nil && len(common) == 0 {
			return b.blame(m.Column, m.Keyword, fmt.Sprintf("%s is of %s, but the rule is of %s: expected one protocol", name, prefix, by))
		}
		allowed, by = common, name
	}
	return b.directions()
}

// both returns what is in a and in b; a nil a is everything.
func both(a, b []string) []string {
	if a == nil {
		return b
	}
	var out []string
	for _, name := range a {
		if slices.Contains(b, name) {
			out = append(out, name)
		}
	}
	return out
}

// directions holds that the conditions go in one direction.
func (b *builder) directions() error {
	if b.sig.Transaction {
		return nil
	}
	server, client := "", ""
	for i := range b.sig.Matches {
		m := &b.sig.Matches[i]
		switch {
		case m.Flow != nil && m.Flow.ToServer:
			server = "flow:to_server"
		case m.Flow != nil && m.Flow.ToClient:
			client = "flow:to_client"
		case slices.Contains(requestBuffers, m.Buffer):
			server = m.Buffer
		case slices.Contains(responseBuffers, m.Buffer):
			client = m.Buffer
		}
		if server != "" && client != "" {
			return b.blame(m.Column, m.Keyword, fmt.Sprintf(
				"%s goes to the server, %s to the client: expected one direction, or a rule with =>", server, client))
		}
	}
	return nil
}
