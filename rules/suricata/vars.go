package suricata

import (
	"encoding/json"
	"fmt"
)

// Vars is what a run of a rule file is told besides the rules: variables and
// how traffic is looked at. Its form is the JSON that the conformance runner
// writes.
type Vars struct {
	Mode              string            `json:"mode"`      // "ips" or "ids"
	Checksums         string            `json:"checksums"` // "auto", "all", "none"
	AddressGroups     map[string]string `json:"address_groups"`
	PortGroups        map[string]string `json:"port_groups"`
	Midstream         bool              `json:"midstream"`
	StreamInline      any               `json:"stream_inline"`
	ExceptionPolicies map[string]any    `json:"exception_policies"` // by its key in suricata.yaml
	ThresholdFile     string            `json:"threshold_file"`
	EVETypes          []string          `json:"eve_types"`
	Settings          map[string]any    `json:"settings"` // others, by dotted key
}

// ReadVars reads the JSON of Vars.
func ReadVars(text []byte) (*Vars, error) {
	v := &Vars{}
	if err := json.Unmarshal(text, v); err != nil {
		return nil, fmt.Errorf("read vars: %w", err)
	}
	return v, nil
}

// Env returns [DefaultEnv] with the variables of v over its own.
func (v *Vars) Env() *Env {
	env := DefaultEnv()
	for name, text := range v.AddressGroups {
		env.Addresses[name] = text
	}
	for name, text := range v.PortGroups {
		env.Ports[name] = text
	}
	return env
}

// ParseAddresses reads addresses as a rule's header has them.
func (e *Env) ParseAddresses(text string) (Addresses, error) {
	set, err := newAddresses(e.Addresses).parse(text, 0)
	if err != nil {
		return Addresses{}, err
	}
	list, ok := set.addresses()
	if !ok {
		return Addresses{}, fmt.Errorf("%s holds no address at all", short(text))
	}
	return list, nil
}

// ParsePorts reads ports as a rule's header has them.
func (e *Env) ParsePorts(text string) (Ports, error) {
	set, err := newPorts(e.Ports).parse(text, 0)
	if err != nil {
		return Ports{}, err
	}
	list, ok := portsOf(set)
	if !ok {
		return Ports{}, fmt.Errorf("%s holds no port at all", short(text))
	}
	return list, nil
}
