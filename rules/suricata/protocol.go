package suricata

import (
	"fmt"
	"slices"
	"strings"
)

// protocolNames are what stands behind the action.
var protocolNames = strings.Fields(`ip ip4 ip6 ipv4 ipv6 tcp tcp-pkt tcp-stream udp icmp icmpv4 icmpv6 sctp
	ether arp pkthdr
	http http1 http2 tls ssl dns doh2 mdns ssh smtp ftp ftp-data smb dcerpc nfs krb5 dhcp snmp sip rdp rfb mqtt
	modbus dnp3 enip ike ikev2 ntp quic tftp pop3 imap telnet ldap pgsql websocket bittorrent-dht template msn
	jabber irc file`)

// checkProtocol says what is wrong with a protocol. A hook may stand behind it
// (http1:request_started).
func checkProtocol(name string) error {
	base, hook, hasHook := strings.Cut(name, ":")
	if slices.Contains(protocolNames, base) && (!hasHook || goodName(hook)) {
		return nil
	}
	hint := ""
	if near := nearest(base, protocolNames); near != "" {
		hint = fmt.Sprintf("did you mean %q? ", near)
	}
	return fmt.Errorf("unknown protocol %q: %sexpected one such as ip, tcp, udp, icmp, http, dns or tls", short(name), hint)
}
