package segment

import (
	"fmt"
	"net/netip"

	"vxwall/rules"
)

// defaultRule is what an assert calls the policy's default.
const defaultRule = "default"

// CheckAsserts returns a problem for each assert of a set that its compiled
// policy does not keep. What an assert leaves out is assumed as Explain does.
func CheckAsserts(set *rules.Set, p *Policy) []rules.Problem {
	var out []rules.Problem
	var s Scratch
	for i := range set.Asserts {
		a := &set.Asserts[i]
		if !a.From.IsValid() || !a.To.IsValid() {
			continue
		}
		q := assertQuery(a)
		full, _ := p.assume(&q)
		d := p.Lookup(&full, &s)
		switch {
		case d.Action != a.Expect:
			expected := a.Expect.String() + nearest(p, &q, d, a.Expect)
			out = append(out, failed(a, a.ExpectPos, p.outcome(d), expected))
		case a.Rule != "" && a.Rule != p.ruleName(d):
			out = append(out, failed(a, a.RulePos, p.outcome(d), fmt.Sprintf("rule %q", a.Rule)))
		}
	}
	return out
}

// assertQuery returns the query of an assert. The sender's group is in every
// packet: without one it is 0, not left open.
func assertQuery(a *rules.Assert) Query {
	q := Query{
		VNI:     a.VNI,
		From:    assertEnd(a.From, a.FromMAC, a.Group),
		To:      assertEnd(a.To, a.ToMAC, a.ToGroup),
		Service: a.Service,
	}
	q.From.AnyGroup = false
	return q
}

func assertEnd(addr netip.Addr, mac *[6]byte, group *uint16) Endpoint {
	e := Endpoint{Addr: addr.As16(), AnyMAC: mac == nil, AnyGroup: group == nil}
	if mac != nil {
		e.MAC = *mac
	}
	if group != nil {
		e.Group = *group
	}
	return e
}

// failed returns the problem of an assert.
func failed(a *rules.Assert, at rules.Pos, outcome, expected string) rules.Problem {
	service := a.ServiceText
	if service == "" {
		service = rules.ServiceText(a.Service)
	}
	return rules.Problem{Pos: at, Severity: rules.Error, Message: fmt.Sprintf(
		"assert fails: %s -> %s %s in vni %d is %s, expected %s", a.From, a.To, service, a.VNI, outcome, expected)}
}

// outcome says how a decision was made.
func (p *Policy) outcome(d Decision) string {
	done := map[rules.Action]string{rules.Deny: "denied", rules.Reject: "rejected", rules.Allow: "allowed"}[d.Action]
	if d.Rule == NoRule {
		return done + " by default"
	}
	rule := &p.set.ACL[d.Rule]
	return fmt.Sprintf("%s by rule %q (%s:%d)", done, rule.Name, rule.Pos.File, rule.Pos.Line)
}

func (p *Policy) ruleName(d Decision) string {
	if d.Rule == NoRule {
		return defaultRule
	}
	return p.set.ACL[d.Rule].Name
}

// nearest says what would give an assert the verdict that it expects.
func nearest(p *Policy, q *Query, d Decision, expect rules.Action) string {
	if (d.Action == rules.Allow) == (expect == rules.Allow) {
		return "" // deny or reject: the change of a word
	}
	changes := p.Explain(q).Changes
	if len(changes) == 0 {
		return ""
	}
	return "; nearest change: " + changes[0].Text
}
