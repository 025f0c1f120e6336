package ips

import (
	"slices"

	"vxwall/rules/suricata"
)

// Plan says how a signature is judged. The zero value is that of one that cannot be used.
type Plan struct {
	Kind     string   // as in [Engine.Kinds]; "" if the signature cannot be used
	Apps     []string // application protocols whose transactions it is about
	Buffers  []string // sticky buffers that it looks into
	Fast     string   // the pattern that makes it a candidate, as the language has it; "" for none
	FastIn   string   // the buffer of that pattern, "payload" for the payload
	ToServer bool     // it is judged on what goes to the server
	ToClient bool
}

// Plans are those of Signatures, by index.
func (e *Engine) Plans() []Plan {
	plans := make([]Plan, len(e.sigs))
	for i := range e.rules {
		plans[e.rules[i].sig] = e.plan(&e.rules[i])
	}
	return plans
}

func (e *Engine) plan(r *rule) Plan {
	p := Plan{Kind: kindNames[r.kind], ToServer: r.dirs&1 != 0, ToClient: r.dirs&2 != 0}
	if r.kind == kindTx {
		p.Apps = e.appsOf(r)
	} else if r.app != "" {
		p.Apps = []string{r.app}
	}
	for i := range r.buffers {
		if name := e.keys[r.buffers[i].key].info.Name; !slices.Contains(p.Buffers, name) {
			p.Buffers = append(p.Buffers, name)
		}
	}
	if r.payload != nil {
		p.Buffers = append(p.Buffers, "payload")
	}
	if r.fast.ok {
		p.Fast, p.FastIn = suricata.Quote(r.fast.pattern.Pattern), "payload"
		if r.fast.key != payloadKey {
			p.FastIn = e.keys[r.fast.key].info.Name
		}
	}
	return p
}
