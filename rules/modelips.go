package rules

import "vxwall/rules/suricata"

// Profile is a set of signatures that ACL rules name in `inspect`.
type Profile struct {
	Name string
	Mode Mode // "enforce" when absent

	// Order is that of actions: what comes first wins. Nil: pass, drop, reject,
	// alert.
	Order []suricata.Action

	// Signatures are those of the rule files and of [[signature]], without what
	// [[ips.choose]] turns off, and with the actions it gives. One for each GID
	// and SID.
	Signatures []suricata.Signature
	Off        int // signatures turned off
	Refused    int // rules that cannot be used; each is a Problem, too

	Thresholds  []suricata.Threshold
	Files       []string // rule files as found, in order
	Description string
	Pos         Pos // of the name's value
}
