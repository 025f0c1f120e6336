package main

import (
	"fmt"
	"io"
	"text/template"

	"vxwall/bench/lab"
)

// labPicture is the lab for people. The columns have fixed widths.
var labPicture = template.Must(template.New("lab").Parse(`lab "{{.Name}}" {{.State}}: two kernel VTEPs, vxwall (process {{.PID}}) between them

  left100 ──┐                                                 ┌── right100   VNI 100{{.Under100}}
            ├── left ══════ eth1  vxwall  eth2 ══════ right ──┤
  left200 ──┘   VTEP                                  VTEP    └── right200   VNI 200{{.Under200}}

  workloads   10.0.0.1 and fd00::1 on the left, 10.0.0.2 and fd00::2 on the right, in both VNIs
  VTEPs       192.0.2.1 and 2001:db8::1 on the left, 192.0.2.2 and 2001:db8::2 on the right
  files       {{.Dir}}: {{.Files}}
`))

// drawLab prints what the lab is.
func drawLab(w io.Writer, l *lab.Lab, state string) error {
	under := func(vni uint32) string {
		if l.Outer6(vni) {
			return " over IPv6"
		}
		return " over IPv4"
	}
	return labPicture.Execute(w, map[string]any{
		"Name": l.Name, "State": state, "PID": l.Running(), "Dir": l.Dir(),
		"Under100": under(100), "Under200": under(200), "Files": "vxwall.toml, rules/, eve.json, vxwall.log, vxwall.sock",
	})
}

// suggest prints what to try.
func suggest(w io.Writer, l *lab.Lab, flag string) error {
	_, err := fmt.Fprintf(w, `
Try:
  vxwall lab ping left100%[1]s             the policy lets VNI 100 ping
  vxwall lab ping left200%[1]s             but not VNI 200, which has the same addresses
  vxwall lab tcp left100 --port 23%[1]s    telnet is rejected
  vxwall drops --socket %[2]s
  vxwall status --socket %[2]s
  vxwall lab shell right%[1]s tcpdump -n -i eth0
  vxwall lab down%[1]s
`, flag, l.Socket())
	return err
}
