package ips

import (
	"slices"
	"strings"

	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// tlsVersions are the versions of TLS as rules call them, and as its records do.
var tlsVersions = map[string]int64{
	"1.0": 0x301, "1.1": 0x302, "1.2": 0x303, "1.3": 0x304,
	"sslv2": 0x200, "sslv3": 0x300, "tls1.0": 0x301, "tls1.1": 0x302, "tls1.2": 0x303, "tls1.3": 0x304,
}

// versions asks for one of several versions of TLS.
type versions struct {
	list    []int64
	negated bool
}

// newVersions reads tls.version:1.2 and ssl_version:!sslv2,!sslv3; nil if a version is not known.
func newVersions(m *suricata.Match) txCondition {
	v := &versions{negated: m.Negated}
	for _, arg := range m.Args {
		arg, negated := strings.CutPrefix(strings.ToLower(arg), "!")
		n, ok := tlsVersions[arg]
		if !ok {
			return nil
		}
		v.list, v.negated = append(v.list, n), v.negated || negated
	}
	return v
}

func (v *versions) asks(_ *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome {
	n, ok := tx.Number(app.TLSVersion, dir, 0)
	if !ok {
		return unless(tx.Progress[dir] == app.Complete)
	}
	if slices.Contains(v.list, n) != v.negated {
		return chain.Matched
	}
	return unless(tx.Progress[dir] == app.Complete)
}

func (v *versions) apps() []string { return []string{"tls"} }
