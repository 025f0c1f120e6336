package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"vxwall/appliance"
	"vxwall/appliance/admin"
)

const detachExamples = `  vxwall detach                          the ports of /etc/vxwall/vxwall.toml
  vxwall detach --config FILE            in nfqueue mode: the rules that queue packets
  vxwall detach --port eth1 --port eth2
`

type detachCmd struct {
	Config string   `placeholder:"FILE" help:"Configuration file (default: ${config})."`
	Port   []string `placeholder:"NAME" help:"Network interfaces (default: the configuration's)."`
	Pin    string   `placeholder:"DIR" help:"Where the program is pinned (default: the configuration's)."`
}

// Run takes the XDP program off the ports, which a vxwall left there that does
// not run any more.
func (c *detachCmd) Run(e *env) error {
	cfg := appliance.DefaultConfig()
	if path := c.path(); path != "" {
		loaded, problems, err := appliance.LoadConfig(path, cfg)
		if err != nil {
			return fmt.Errorf("%w (or name the ports with --port)", err)
		}
		if len(problems) > 0 {
			return showProblems(e, problems, "the configuration cannot be used")
		}
		cfg = loaded
	}
	if len(c.Port) > 0 {
		cfg.Datapath.Ports = c.Port
	}
	if c.Pin != "" {
		cfg.Datapath.Pin = c.Pin
	}
	if len(c.Port) > 0 {
		cfg.Datapath.Mode = "wire"
	}
	if cfg.Datapath.Mode == "nfqueue" {
		return detachQueues(e, &cfg)
	}
	if len(cfg.Datapath.Ports) == 0 {
		return usageError{errors.New("no ports: name them with --port, or in the configuration")}
	}
	if err := refuseRunning(e.ctx, &cfg); err != nil {
		return err
	}
	if err := appliance.Detach(&cfg); err != nil {
		return err
	}
	_, err := fmt.Fprintf(e.stdout, "no XDP program of vxwall is on %s any more\n", strings.Join(cfg.Datapath.Ports, ", "))
	return err
}

// detachQueues takes the rules out that queue packets.
func detachQueues(e *env, cfg *appliance.Config) error {
	if err := refuseRunning(e.ctx, cfg); err != nil {
		return err
	}
	if err := appliance.Detach(cfg); err != nil {
		return err
	}
	_, err := fmt.Fprintln(e.stdout, "no rule of iptables queues packets for vxwall any more")
	return err
}

// refuseRunning returns an error if a vxwall runs between one of the ports, or takes
// packets from queues: without the program nothing would pass any more, and it would not notice.
func refuseRunning(ctx context.Context, cfg *appliance.Config) error {
	ctx, cancel := context.WithTimeout(ctx, askRunning)
	defer cancel()
	status, err := admin.NewClient(cfg.Admin.Socket).Status(ctx)
	if err != nil {
		return nil // nobody is there, or it hangs
	}
	if status.Mode == "nfqueue" && cfg.Datapath.Mode == status.Mode {
		return fmt.Errorf("vxwall runs in nfqueue mode (pid %d): stop it first", status.PID)
	}
	for _, port := range status.Ports {
		if slices.Contains(cfg.Datapath.Ports, port.Name) {
			return fmt.Errorf("vxwall runs on %s (pid %d): stop it first", port.Name, status.PID)
		}
	}
	return nil
}

// askRunning is how long to wait for the answer of a vxwall that runs.
const askRunning = 3 * time.Second

// path is the configuration to read, "" if the flags say all.
func (c *detachCmd) path() string {
	switch {
	case c.Config != "":
		return c.Config
	case len(c.Port) > 0:
		return ""
	}
	return defaultConfig
}
