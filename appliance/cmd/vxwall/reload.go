package main

import (
	"fmt"

	"vxwall/appliance/admin"
)

const reloadExamples = `  vxwall reload                          the rules of the running vxwall; a problem changes nothing
  vxwall reload --json
`

type reloadCmd struct{ adminFlags }

// Run has the running vxwall read its rules again, and says what came of it.
func (c *reloadCmd) Run(e *env) error {
	client, err := c.client(e)
	if err != nil {
		return err
	}
	r, err := client.Reload(e.ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(e, &r)
	} else {
		err = printReload(e, &r)
	}
	if err == nil && !r.Good {
		err = errProblem
	}
	return err
}

func printReload(e *env, r *admin.Reload) error {
	for i := range r.Problems {
		fmt.Fprint(e.stderr, r.Problems[i].Detail)
	}
	if r.Configuration != "" {
		fmt.Fprint(e.stderr, wrap("vxwall: ", r.Configuration))
	}
	if r.Good {
		_, err := fmt.Fprintf(e.stdout, "reloaded in %s: policy %s -> %s, %s, %s\n", lasted(r.Took), r.Old, r.New,
			count(r.Segments, "segment"), count(r.Rules, "rule"))
		return err
	}
	why := r.Error
	if why == "" {
		why = count(len(r.Problems), "problem") + " in the rules"
	}
	_, err := fmt.Fprintf(e.stderr, "vxwall: nothing was changed, policy %s stays in force: %s\n", r.New, why)
	return err
}
