package rules

var actions = []choice[Action]{{"allow", Allow}, {"deny", Deny}, {"reject", Reject}}

var modes = []choice[Mode]{{"enforce", Enforce}, {"monitor", Monitor}}

var logs = []choice[Log]{{"none", LogNone}, {"start", LogStart}, {"end", LogEnd}, {"both", LogBoth}}

const (
	wantAction = `"allow", "deny" or "reject"`
	wantLog    = `"none", "start", "end" or "both"`
)

var policySchema = schema[Policy]{
	title: "[policy]",
	fields: []field[Policy]{
		{key: "default", want: wantAction, read: func(d *decoder, v value, p *Policy) {
			choose(d, v, actions, &p.Default)
		}},
		{key: "mode", want: `"enforce" or "monitor"`, read: func(d *decoder, v value, p *Policy) {
			choose(d, v, modes, &p.Mode)
		}},
		{key: "log", want: wantLog, read: func(d *decoder, v value, p *Policy) {
			choose(d, v, logs, &p.Log)
		}},
	},
}

func readPolicy(d *decoder, v value, _ *struct{}) {
	if d.twice(v, d.policyAt) {
		return
	}
	d.policyAt = v.at()
	d.policy.Pos = d.policyAt.pos()
	readTable(d, v, &policySchema, &d.policy)
}

var defaultControl = Control{
	ARP: ControlAllow, ND: ControlAllow, DHCP: ControlAllow,
	Broadcast: ControlPolicy, Multicast: ControlPolicy,
	Other: ControlDeny,
}

var (
	passOrNot    = []choice[ControlAction]{{"allow", ControlAllow}, {"deny", ControlDeny}}
	passOrPolicy = append(passOrNot[:2:2], choice[ControlAction]{"policy", ControlPolicy})
)

var controlSchema = schema[Control]{
	title: "[control]",
	fields: []field[Control]{
		control("arp", passOrNot, func(c *Control) *ControlAction { return &c.ARP }),
		control("nd", passOrPolicy, func(c *Control) *ControlAction { return &c.ND }),
		control("dhcp", passOrPolicy, func(c *Control) *ControlAction { return &c.DHCP }),
		control("broadcast", passOrPolicy, func(c *Control) *ControlAction { return &c.Broadcast }),
		control("multicast", passOrPolicy, func(c *Control) *ControlAction { return &c.Multicast }),
		control("other", passOrNot, func(c *Control) *ControlAction { return &c.Other }),
	},
}

func control(key string, choices []choice[ControlAction], part func(*Control) *ControlAction) field[Control] {
	words := make([]string, len(choices))
	for i, c := range choices {
		words[i] = c.word
	}
	return field[Control]{key: key, want: oneOf(words), read: func(d *decoder, v value, c *Control) {
		choose(d, v, choices, part(c))
	}}
}

func readControl(d *decoder, v value, _ *struct{}) {
	if d.twice(v, d.controlAt) {
		return
	}
	d.controlAt = v.at()
	d.control.Pos = d.controlAt.pos()
	readTable(d, v, &controlSchema, &d.control)
}
