package main

import (
	"fmt"

	"vxwall/appliance"
	"vxwall/rules"
)

// ruleFlags are the flags of commands that use a policy.
type ruleFlags struct {
	Rules  []string `placeholder:"PATH" help:"Rule files and directories (default: those of the configuration, /etc/vxwall/rules.d)."`
	More   []string `arg:"" optional:"" name:"path" help:"More rule files, as the shell expands --rules *.toml."`
	Config string   `placeholder:"FILE" help:"Configuration file (default: built-in defaults)."`
}

// load reads the configuration and the policy, and shows what is wrong with
// them. A policy with warnings only is used.
func (f *ruleFlags) load(e *env) (appliance.Config, *appliance.Checked, error) {
	cfg := appliance.DefaultConfig()
	cfg.Flows.Midstream = "pickup" // captures seldom hold the beginning
	if f.Config != "" {
		loaded, problems, err := appliance.LoadConfig(f.Config, cfg)
		if err != nil {
			return cfg, nil, err
		}
		if len(problems) > 0 {
			return cfg, nil, showProblems(e, problems, "the configuration cannot be used")
		}
		cfg = loaded
	}
	paths := append(f.Rules, f.More...)
	if len(paths) == 0 {
		paths = cfg.Rules.Paths
	}
	checked, err := appliance.Check(e.now(), paths...)
	if err != nil && len(f.Rules)+len(f.More) == 0 {
		err = fmt.Errorf("%w (name the rules with --rules PATH)", err)
	}
	if err != nil {
		return cfg, nil, err
	}
	if checked.Failed() {
		return cfg, nil, showProblems(e, checked.Problems, "the rules cannot be used")
	}
	if n := len(checked.Problems); n > 0 {
		fmt.Fprintf(e.stderr, "vxwall: %s in the rules, the first: %v (all: vxwall check)\n", count(n, "warning"), checked.Problems[0])
	}
	return cfg, checked, nil
}

// showProblems prints problems and returns errProblem.
func showProblems(e *env, problems []rules.Problem, verdict string) error {
	for _, p := range problems {
		fmt.Fprint(e.stderr, p.Detail())
	}
	errors := countErrors(problems)
	fmt.Fprintf(e.stderr, "vxwall: %s: %s, %s\n", verdict, count(errors, "error"), count(len(problems)-errors, "warning"))
	return errProblem
}
