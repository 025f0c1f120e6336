package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"vxwall/appliance"
	"vxwall/rules"
)

// maxReasons bounds the table of why signatures are left out.
const maxReasons = 20

// printProfiles says how many signatures each profile has, and why others are left out.
func printProfiles(w io.Writer, c *appliance.Checked) error {
	if c.Set == nil || len(c.Set.Profiles) == 0 {
		return nil
	}
	for i := range c.Set.Profiles {
		p := &c.Set.Profiles[i]
		fmt.Fprintf(w, "profile %q: %s, %d turned off, %d left out\n", p.Name, count(len(p.Signatures), "signature"), p.Off, p.Refused)
	}
	return printReasons(w, c.Problems)
}

// printReasons counts the signatures that are left out by the reason.
func printReasons(w io.Writer, problems []rules.Problem) error {
	reasons := map[string]int{}
	for i := range problems {
		if _, reason, ok := strings.Cut(problems[i].Message, "is left out: "); ok {
			reason, _, _ = strings.Cut(reason, ": expected")
			reasons[reason]++
		}
	}
	if len(reasons) == 0 {
		return nil
	}
	list := slices.SortedFunc(maps.Keys(reasons), func(a, b string) int {
		return cmp.Or(cmp.Compare(reasons[b], reasons[a]), cmp.Compare(a, b))
	})
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "left out, by reason:")
	for _, reason := range list[:min(len(list), maxReasons)] {
		fmt.Fprintf(t, "  %d\t%s\n", reasons[reason], reason)
	}
	if n := len(list) - maxReasons; n > 0 {
		fmt.Fprintf(t, "  \t… and %d more reasons\n", n)
	}
	return t.Flush()
}
