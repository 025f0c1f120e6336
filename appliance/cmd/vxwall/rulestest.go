package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"vxwall/appliance"
)

const rulesTestExamples = `  vxwall rules test my.rules --in vxlan.pcap                          all traffic, without a policy
  vxwall rules test my.rules --in attack.pcap --plain 100 --expect 1000001
  vxwall rules test --rules rules.d --in vxlan.pcap --expect 7,8      as the policy's profiles judge
`

type rulesTestCmd struct {
	catalogFlags
	In     string   `required:"" placeholder:"FILE" help:"Capture, as for replay."`
	Plain  *uint32  `placeholder:"VNI" help:"The capture is not encapsulated, as for replay."`
	Vars   string   `placeholder:"FILE" help:"With rule files: variables and settings, as JSON."`
	Expect []uint32 `placeholder:"SID" help:"Fail unless these signatures alert."`
	JSON   bool     `name:"json" help:"Print what alerted as JSON."`
}

// Run replays the capture and says which signatures alerted.
func (c *rulesTestCmd) Run(e *env) error {
	if err := checkVNI(c.Plain); err != nil {
		return err
	}
	if c.Vars != "" && len(c.File) == 0 {
		return usageError{errors.New("--vars is for rule files: a policy has [vars]")}
	}
	replay := &appliance.Replay{In: c.In, Plain: c.Plain, Context: e.ctx}
	if err := c.judges(e, replay); err != nil {
		return err
	}
	alerted, err := replay.Alerts()
	if err != nil {
		return err
	}
	if err := c.print(e, alerted); err != nil {
		return err
	}
	return c.missing(e, alerted)
}

// judges gives the replay the rule files, or the policy.
func (c *rulesTestCmd) judges(e *env, r *appliance.Replay) (err error) {
	if len(c.File) > 0 {
		look := replayCmd{Signatures: c.File, Vars: c.Vars}
		return look.quickLook(e, r)
	}
	r.Config, r.Policy, err = c.policy().load(e)
	return err
}

func (c *rulesTestCmd) print(e *env, alerted []appliance.Alerted) error {
	if c.JSON {
		return printJSON(e, alerted)
	}
	for i := range alerted {
		a := &alerted[i]
		packets := strings.Trim(fmt.Sprint(a.Packets), "[]")
		if len(a.Packets) < a.Count {
			packets += " …"
		}
		fmt.Fprintf(e.stdout, "%d %q: %s, packets %s\n", a.SID, a.Says, count(a.Count, "alert"), packets)
	}
	_, err := fmt.Fprintf(e.stdout, "%s alerted\n", count(len(alerted), "signature"))
	return err
}

// missing names the expected signatures that did not alert.
func (c *rulesTestCmd) missing(e *env, alerted []appliance.Alerted) error {
	missing := slices.DeleteFunc(slices.Clone(c.Expect), func(sid uint32) bool {
		return slices.ContainsFunc(alerted, func(a appliance.Alerted) bool { return a.SID == sid })
	})
	for _, sid := range missing {
		fmt.Fprintf(e.stderr, "vxwall: signature %d did not alert\n", sid)
	}
	if len(missing) > 0 {
		return errProblem
	}
	return nil
}
