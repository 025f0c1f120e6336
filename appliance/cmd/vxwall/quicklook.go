package main

import (
	"errors"
	"fmt"
	"os"

	"vxwall/appliance"
	"vxwall/rules/suricata"
)

// judges gives a replay what it judges by: the policy, or signatures alone.
func (c *replayCmd) judges(e *env, r *appliance.Replay) error {
	if len(c.Signatures) == 0 {
		if c.Vars != "" || c.Strict {
			return usageError{errors.New("--vars and --strict are for --signatures FILE")}
		}
		var err error
		if r.Config, r.Policy, err = c.load(e); err != nil {
			return err
		}
		return setMidstream(&r.Config, c.Midstream)
	}
	if len(c.Rules)+len(c.More) > 0 {
		return usageError{errors.New("--signatures looks at a capture without a policy: leave --rules out, or name the signatures in a profile ([[ips]]) of the policy")}
	}
	return c.quickLook(e, r)
}

// quickLook loads the signatures and says which cannot be used.
func (c *replayCmd) quickLook(e *env, r *appliance.Replay) error {
	r.Config = appliance.DefaultConfig()
	look := appliance.QuickLook{Signatures: c.Signatures}
	if c.Vars != "" {
		text, err := os.ReadFile(c.Vars)
		if err != nil {
			return fmt.Errorf("read variables: %w", err)
		}
		if look.Vars, err = suricata.ReadVars(text); err != nil {
			return fmt.Errorf("%s: %w", c.Vars, err)
		}
	}
	problems, err := look.Load(r)
	if err != nil {
		return err
	}
	for _, p := range problems {
		fmt.Fprintln(e.stderr, p.Error())
	}
	if len(problems) > 0 && c.Strict {
		return fmt.Errorf("%s cannot be used (without --strict they are left out)", count(len(problems), "signature"))
	}
	return nil
}
