package rules

import (
	"strconv"
	"strings"

	"vxwall/rules/suricata"
)

// varDraft is a variable of [vars] with the places of its parts.
type varDraft struct {
	name  string
	at    place
	parts []ref
	list  bool
}

const wantVar = `addresses or ports, such as ["10.0.0.0/8", "!10.9.0.0/16"], [80, "8000:8100"] or "!$HOME_NET"`

// readVars reads [vars], whose keys are the operator's to choose.
func readVars(d *decoder, v value, _ *struct{}) {
	table, ok := v.data.(map[string]any)
	if !ok {
		d.wrongType(v)
		return
	}
	if d.twice(v, d.varsAt) {
		return
	}
	d.varsAt = v.at()
	for id := v.index.nodes[v.node].first; id != 0; id = v.index.nodes[id].next {
		name := v.index.nodes[id].name
		kid := value{src: v.src, index: v.index, node: id, data: table[name], key: name, want: wantVar}
		if !goodVarName(name) {
			d.errorf(kid.keyAt(), "bad name %q of a variable: expected letters, digits and '_', such as HOME_NET", name)
			continue
		}
		d.readVar(kid)
	}
}

func goodVarName(name string) bool {
	for i := range len(name) {
		if c := name[i]; c != '_' && (!isBareKey(c) || c == '-') {
			return false
		}
	}
	return name != ""
}

func (d *decoder) readVar(v value) {
	draft := varDraft{name: v.key, at: v.keyAt()}
	part := func(e value) {
		switch data := e.data.(type) {
		case string:
			draft.parts = append(draft.parts, ref{data, e.at()})
		case int64:
			draft.parts = append(draft.parts, ref{strconv.FormatInt(data, 10), e.at()})
		default:
			d.wrongType(e)
		}
	}
	switch v.data.(type) {
	case []any:
		draft.list = true
		d.list(v, part)
	default:
		part(v)
	}
	if len(draft.parts) > 0 {
		d.vars = append(d.vars, draft)
	}
}

// text is the variable in the language of rules.
func (v *varDraft) text() string {
	if !v.list {
		return v.parts[0].name
	}
	texts := make([]string, len(v.parts))
	for i, p := range v.parts {
		texts[i] = p.name
	}
	return "[" + strings.Join(texts, ",") + "]"
}

// ports says whether the variable is one of ports: by its literals, or, if
// there are none, by its name.
func (v *varDraft) ports() bool {
	for _, p := range v.parts {
		for _, literal := range strings.FieldsFunc(p.name, func(r rune) bool { return strings.ContainsRune("[],! ", r) }) {
			if literal[0] != '$' && literal != "any" {
				return isPorts(literal)
			}
		}
	}
	return strings.HasSuffix(v.name, "PORTS") || strings.HasSuffix(v.name, "PORT")
}

// isPorts tells 80 and 1024: from addresses such as ::1.
func isPorts(literal string) bool {
	return strings.Trim(literal, "0123456789:") == "" && strings.Count(literal, ":") < 2
}

// resolveVars puts the variables over Suricata's own and checks each part.
func (d *decoder) resolveVars() *suricata.Env {
	env := suricata.DefaultEnv()
	env.Refuse = d.refuse
	for i := range d.vars {
		v := &d.vars[i]
		if v.ports() {
			env.Ports[v.name] = v.text()
			delete(env.Addresses, v.name)
		} else {
			env.Addresses[v.name] = v.text()
			delete(env.Ports, v.name)
		}
	}
	for i := range d.vars {
		d.checkVar(&d.vars[i], env)
	}
	return env
}

func (d *decoder) checkVar(v *varDraft, env *suricata.Env) {
	check := func(text string) error {
		var err error
		if v.ports() {
			_, err = env.ParsePorts(text)
		} else {
			_, err = env.ParseAddresses(text)
		}
		return err
	}
	before := d.errors
	for _, p := range v.parts {
		if err := check(strings.TrimPrefix(p.name, "!")); err != nil {
			d.errorf(p.at, "bad value %q of %s: %v", p.name, v.name, err)
		}
	}
	if d.errors > before {
		return
	}
	if err := check("$" + v.name); err != nil {
		d.errorf(v.at, "variable %s: %v", v.name, err)
	}
}
