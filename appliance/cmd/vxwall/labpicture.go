package main

import (
	"io"
	"os"
	"os/exec"
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

// vtepPicture is a lab with vxwall as a VTEP.
var vtepPicture = template.Must(template.New("vtep").Parse(`lab "{{.Name}}" {{.State}}: vxwall (process {{.PID}}) is a VTEP, to which three kernel VTEPs send

  left100 ──┐                                                  ┌── right100    VNI 100{{.Under100}}
            ├── left ══════ eth1  vxwall  eth2 ══════ right ──┤
  left200 ──┘   VTEP              VTEP                VTEP  ║  └── right200    VNI 200{{.Under200}}
                                                    router  ║
                                                          third ──┬── third100
                                                          VTEP    └── third200

  workloads   10.0.0.1 and fd00::1 on the left, .2 and ::2 on the right, .3 and ::3 of the third, in both VNIs
  VTEPs       192.0.2.1 and 2001:db8::1 on the left, 192.0.2.2 and 2001:db8::2 on the right,
              198.51.100.3 and 2001:db8:3::3 the third, 192.0.2.254 and 2001:db8::fe vxwall
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
	picture := labPicture
	if l.VTEP {
		picture = vtepPicture
	}
	return picture.Execute(w, map[string]any{
		"Name": l.Name, "State": state, "PID": l.Running(), "Dir": l.Dir(),
		"Under100": under(100), "Under200": under(200), "Files": "vxwall.toml, rules/, eve.json, vxwall.log, vxwall.sock",
	})
}

// labSuggestions are commands to paste. Every one has the whole path of what it
// needs.
var labSuggestions = template.Must(template.New("try").Parse(`
Try:
  # the policy lets VNI 100 ping, but not VNI 200, which has the same addresses
  {{.Vxwall}} lab ping left100{{.Flag}}
  {{.Vxwall}} lab ping left200{{.Flag}}
  # unless it sends as group 17, the operators; with 0 it has no group again
  {{.Vxwall}} lab group left200 17{{.Flag}}
  {{.Vxwall}} lab ping left200{{.Flag}}
  # telnet is rejected
  {{.Vxwall}} lab tcp left100 --port 23{{.Flag}}
  # what was dropped, what lives, how vxwall is, and why something would be dropped
  {{.Vxwall}} drops --socket {{.Socket}}
  {{.Vxwall}} flows --socket {{.Socket}}
  {{.Vxwall}} status --socket {{.Socket}}
{{- if .VTEP}}
  # behind which VTEP a workload is
  {{.Vxwall}} fdb --socket {{.Socket}}
{{- end}}
  {{.Vxwall}} explain --rules {{.Rules}} --vni 200 --from 10.0.0.1 --to 10.0.0.2 --service tcp/22
  # the rules are in {{.Rules}}/policy.toml: change them, then
  {{.Vxwall}} reload --socket {{.Socket}}
{{- if .VTEP}}
  # kill vxwall, and run it again, in the foreground
{{- else}}
  # kill vxwall, the wire goes on without it (on_death); then run it again, in the foreground
{{- end}}
  kill -9 {{.PID}}; sleep 1
  {{.Vxwall}} lab shell wall{{.Flag}} {{.Vxwall}} run --config {{.Config}}
  # look at the wire, or be in a workload
  {{.Vxwall}} lab shell right{{.Flag}} tcpdump -n -i eth0
  {{.Vxwall}} lab shell left100{{.Flag}}
  # remove it all
  {{.Vxwall}} lab down{{.Flag}}
`))

// suggest prints what to try.
func suggest(w io.Writer, l *lab.Lab) error {
	return labSuggestions.Execute(w, map[string]any{
		"Vxwall": ownCommand(), "Flag": (&labName{l.Name}).flag(), "PID": l.Running(),
		"Socket": l.Socket(), "Rules": l.Rules(), "Config": l.ConfigFile(), "VTEP": l.VTEP,
	})
}

// ownCommand is what to type for this very program: its path, or only vxwall if
// the PATH leads to it.
func ownCommand() string {
	own, err := os.Executable()
	if err != nil {
		return "vxwall"
	}
	if found, err := exec.LookPath("vxwall"); err == nil && sameFile(found, own) {
		return "vxwall"
	}
	return own
}

func sameFile(a, b string) bool {
	statA, errA := os.Stat(a)
	statB, errB := os.Stat(b)
	return errA == nil && errB == nil && os.SameFile(statA, statB)
}
