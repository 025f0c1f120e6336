package load

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/bench/ready"
)

// Vxwall is the real daemon as a child process: `vxwall run` with a policy of Policy.
type Vxwall struct {
	inWire
	Program string // path of vxwall
	Rules   int    // of the policy
	Offload bool
	XDP     string // as in [datapath]; "" for auto
}

// readyAfter is how long the daemon may take to load 100,000 rules on a busy machine.
const readyAfter = 2 * time.Minute

// Name says how the daemon is configured.
func (v Vxwall) Name() string {
	if v.Offload {
		return "vxwall-offload"
	}
	return fmt.Sprintf("vxwall-acl-%d", v.Rules)
}

// wireConfiguration is the daemon's as a wire, but for its files.
const wireConfiguration = `[datapath]
mode        = "wire"
ports       = ["eth1", "eth2"]
vxlan_ports = [4789]
xdp         = %q
workers     = 1
offload     = %t
`

// filesConfiguration says where the daemon's files are: all in one directory.
const filesConfiguration = `
[rules]
paths = ["%[1]s/rules.toml"]

[events]
eve = "%[1]s/eve.json"

[admin]
socket = "%[1]s/vxwall.sock"

[metrics]
listen = ""
`

// Start runs the daemon until it is ready.
func (v Vxwall) Start(ctx context.Context, t *Topology) (func() error, error) {
	text := fmt.Sprintf(wireConfiguration, cmp.Or(v.XDP, "auto"), v.Offload)
	return onPorts(ctx, t, daemonFiles{program: v.Program, rules: v.Rules, configuration: func(dir string) []byte { return fmt.Appendf([]byte(text), filesConfiguration, dir) }})
}

// onPorts runs a daemon that attaches its program to wall's ports.
func onPorts(ctx context.Context, t *Topology, f daemonFiles) (func() error, error) {
	var u undo
	// It leaves its program attached, for the one that comes after it.
	u.add(func() error {
		return t.Wall.Do(func() error { return afxdp.Detach(afxdp.DefaultConfig().Pin, Eth1, Eth2) })
	})
	if err := runVxwall(ctx, &u, t, f); err != nil {
		return u.orUndo(err)
	}
	return u.orUndo(t.Settle())
}

// daemonFiles are what a daemon is started with.
type daemonFiles struct {
	program       string
	rules         int
	configuration func(dir string) []byte // for a directory of its files
	// policy makes the policy, and what it names, in the directory; nil: Policy of the rules.
	policy func(dir string) ([]byte, error)
}

// writePolicy returns the policy, once what it names is written.
func (f *daemonFiles) writePolicy(dir string) ([]byte, error) {
	if f.policy == nil {
		return Policy(f.rules), nil
	}
	return f.policy(dir)
}

// runVxwall writes configuration and policy and runs the daemon until it is ready.
func runVxwall(ctx context.Context, u *undo, t *Topology, f daemonFiles) error {
	dir, remove, err := temporary()
	if err != nil {
		return err
	}
	u.add(remove)
	config := filepath.Join(dir, "vxwall.toml")
	policy, err := f.writePolicy(dir)
	err = errors.Join(err,
		os.WriteFile(config, f.configuration(dir), 0o600),
		os.WriteFile(filepath.Join(dir, "rules.toml"), policy, 0o600))
	if err != nil {
		return fmt.Errorf("write the daemon's files: %w", err)
	}
	notify, err := ready.Listen(filepath.Join(dir, "notify"))
	if err != nil {
		return err
	}
	u.add(notify.Close)
	c, err := startChild(t.Wall, []string{notify.Environment(), "GOMAXPROCS=2"}, f.program, "run", "--config", config)
	if err != nil {
		return err
	}
	u.add(c.stop)
	return c.await(ctx, readyAfter, notify.Ready)
}
