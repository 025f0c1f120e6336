// Package protocols lists the application protocols that vxwall parses.
package protocols

import (
	"vxwall/inspect/app"
	"vxwall/inspect/app/dns"
	"vxwall/inspect/app/ftp"
	"vxwall/inspect/app/http"
	"vxwall/inspect/app/smtp"
	"vxwall/inspect/app/ssh"
	"vxwall/inspect/app/tls"
)

// All returns every protocol, in the order in which they are asked about the first
// bytes of a flow: those that are surest first.
func All() []app.Protocol {
	return []app.Protocol{tls.Protocol{}, ssh.Protocol{}, smtp.Protocol{}, ftp.Protocol{}, http.Protocol{}, dns.Protocol{}}
}

// Names returns the names of all protocols, in the same order.
func Names() []string {
	var names []string
	for _, p := range All() {
		names = append(names, p.Name())
	}
	return names
}
