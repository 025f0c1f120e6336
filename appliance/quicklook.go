package appliance

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"vxwall/inspect/app/protocols"
	"vxwall/inspect/ips"
	"vxwall/inspect/segment"
	"vxwall/pipeline"
	"vxwall/pipeline/stream"
	"vxwall/rules"
	"vxwall/rules/suricata"
)

// QuickLook puts all traffic of a capture through signature files, without a policy.
type QuickLook struct {
	Signatures []string // rule files, directories and archives of them
	Vars       *suricata.Vars
}

// Load reads and compiles the signatures, and makes r a replay by them alone: all flows
// are allowed by the ACL and judged by every signature. It returns what of the
// signatures cannot be used.
func (q *QuickLook) Load(r *Replay) ([]suricata.Problem, error) {
	defer spare()()
	vars := q.Vars
	if vars == nil {
		vars = &suricata.Vars{Mode: "ips", Midstream: true}
	}
	env := vars.Env()
	list, problems, err := readSignatures(env, q.Signatures...)
	if err != nil {
		return nil, err
	}
	options, wrong, err := q.options(vars, env)
	if err != nil {
		return nil, err
	}
	detectOnly := vars.Mode == "ids"
	options.DetectOnly = detectOnly
	engine, refused := ips.Compile(list, options)
	problems = append(append(problems, wrong...), refused...)
	r.Policy = allowAllPolicy(detectOnly)
	r.Policy.Signatures = &Signatures{
		Profiles: []ips.Profile{{Name: "signatures", Engine: engine, Monitor: detectOnly}}, Problems: problems,
	}
	r.Config.Flows.Midstream = "pickup"
	streams := streamsOf(vars, detectOnly)
	r.Streams = &streams
	if vars.Checksums == "none" {
		r.Config.Streams.Checksums = "ignore"
	}
	r.Payload, r.LongIPv6 = true, true
	r.Classes = env.Classes
	r.Adjust = func(c *pipeline.Config) { c.Passive, c.Flow.Passive = detectOnly, true }
	return problems, nil
}

// options are the engine's, as far as the variables say something about them.
func (q *QuickLook) options(vars *suricata.Vars, env *suricata.Env) (ips.Options, []suricata.Problem, error) {
	o := ips.Options{Apps: protocols.Names(), StreamEvents: stream.EventNames(), DecodeEvents: ips.DecodeEvents(), Dataset: datasetsIn(rulesDir(q.Signatures[0]))}
	o.Order = actionOrder(vars.Settings["action-order"])
	o.GuessTx = vars.Settings["detect.guess-applayer-tx"] == true
	if categories, ok := vars.Settings["reputation-categories-file"].(string); ok {
		known, err := readReputations(settingPath(vars, categories), settingFiles(vars, "reputation-files"))
		if err != nil {
			return o, nil, err
		}
		o.Reputation = known.score
	}
	if vars.ThresholdFile == "" {
		return o, nil, nil
	}
	text, err := os.ReadFile(vars.ThresholdFile)
	if err != nil {
		return o, nil, fmt.Errorf("read thresholds: %w", err)
	}
	var problems []suricata.Problem
	o.Thresholds, problems = suricata.ParseThresholds(vars.ThresholdFile, text, env)
	return o, problems, nil
}

// actionNames are the actions that an order may name.
var actionNames = map[string][]suricata.Action{
	"pass": {suricata.Pass}, "drop": {suricata.Drop}, "alert": {suricata.Alert},
	"reject": {suricata.Reject, suricata.RejectDst, suricata.RejectBoth},
}

// actionOrder reads an order of actions, nil if it is none.
func actionOrder(setting any) []suricata.Action {
	list, _ := setting.([]any)
	var order []suricata.Action
	for _, name := range list {
		order = append(order, actionNames[fmt.Sprint(name)]...)
	}
	return order
}

// settingFiles are the paths of a setting that names one file or several.
func settingFiles(vars *suricata.Vars, key string) []string {
	var files []string
	switch v := vars.Settings[key].(type) {
	case string:
		files = append(files, settingPath(vars, v))
	case []any:
		for _, name := range v {
			files = append(files, settingPath(vars, fmt.Sprint(name)))
		}
	}
	return files
}

// settingPath is where reputation files lie.
func settingPath(vars *suricata.Vars, file string) string {
	dir, _ := vars.Settings["default-reputation-path"].(string)
	if filepath.IsAbs(file) || dir == "" {
		return file
	}
	return filepath.Join(dir, file)
}

// allowAllPolicy allows every flow, and control traffic too.
func allowAllPolicy(monitor bool) *Checked {
	set := &rules.Set{Policy: rules.Policy{Default: rules.Allow, Log: rules.LogEnd}}
	allow := rules.ControlAllow
	set.Control = rules.Control{ARP: allow, ND: allow, DHCP: allow, Broadcast: allow, Multicast: allow, Other: allow}
	if monitor {
		set.Policy.Mode = rules.Monitor
	}
	return &Checked{Set: set, Policy: segment.Compile(set, time.Time{})}
}

// exceptionActions are what Suricata's exception policies mean here.
var exceptionActions = map[string]stream.Action{
	"drop-flow": stream.ActDrop, "drop-packet": stream.ActDrop, "reject": stream.ActReject,
	"pass-flow": stream.ActPass, "pass-packet": stream.ActPass, "bypass": stream.ActPass, "ignore": stream.ActPass,
}

// streamsOf is how streams are put together under the variables of a run.
func streamsOf(vars *suricata.Vars, detectOnly bool) stream.PoolConfig {
	c := stream.PoolConfig{Inline: !detectOnly, Midstream: vars.Midstream, Slab: hugeSlab}
	c.Policy[stream.CauseMidstream] = stream.ActPass
	for key, cause := range map[string]stream.Cause{
		"stream.midstream-policy": stream.CauseMidstream, "stream.memcap-policy": stream.CauseMemory,
		"stream.reassembly.memcap-policy": stream.CauseMemory,
	} {
		action, ok := exceptionActions[strings.ToLower(fmt.Sprint(vars.ExceptionPolicies[key]))]
		if ok {
			c.Policy[cause] = action
		}
	}
	return c
}
