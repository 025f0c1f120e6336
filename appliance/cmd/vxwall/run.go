package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"vxwall/appliance"
	"vxwall/rules"
)

const runExamples = `  vxwall run --config /etc/vxwall/vxwall.toml
  vxwall run --check                     is the configuration one to start with?
  systemctl start vxwall                 the same as a service, see configs/vxwall.service
`

// defaultConfig is where the configuration of a machine is.
const defaultConfig = "/etc/vxwall/vxwall.toml"

// runCmd runs until SIGTERM or an interrupt. SIGHUP reloads the rules and opens
// the event log anew, SIGUSR1 does the latter alone.
type runCmd struct {
	Config string `default:"${config}" placeholder:"FILE" help:"Configuration file (default: ${config})."`
	Check  bool   `help:"Only check the configuration and the rules."`
}

// Run runs the daemon until it is told to stop.
func (c *runCmd) Run(e *env) error {
	cfg, problems, err := appliance.LoadRunConfig(c.Config)
	if err != nil {
		return err
	}
	if len(problems) > 0 {
		return showProblems(e, problems, "the configuration cannot be used")
	}
	if c.Check {
		return checkRun(e, &cfg)
	}
	signals := make(chan os.Signal, 16) // one kind does not push another out
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGUSR1)
	defer signal.Stop(signals)
	signal.Ignore(syscall.SIGPIPE) // who reads the log may go: that is no reason to die
	daemon := &appliance.Daemon{
		Config: cfg, Version: version, Log: newLog(e.stderr, os.Getenv("JOURNAL_STREAM") != ""),
		Stdout: e.stdout, Open: appliance.OpenerOf(&cfg), Signals: signals,
		Reread: func() (appliance.Config, []rules.Problem, error) { return appliance.LoadRunConfig(c.Config) },
	}
	err = daemon.Run(e.ctx)
	var broken *appliance.PolicyError
	if errors.As(err, &broken) {
		return showProblems(e, broken.Problems, "the rules cannot be used")
	}
	return err
}

// checkRun checks the rules of a configuration that is good.
func checkRun(e *env, cfg *appliance.Config) error {
	checked, err := appliance.Check(e.now(), cfg.Rules.Paths...)
	if err != nil {
		return err
	}
	if checked.Failed() {
		return showProblems(e, checked.Problems, "the rules cannot be used")
	}
	where := "between " + strings.Join(cfg.Datapath.Ports, " and ")
	if cfg.Datapath.Mode != "wire" {
		where = "on " + strings.Join(cfg.Datapath.Ports, " and ")
	}
	if cfg.Datapath.Mode == "nfqueue" {
		return checkQueues(e, cfg, checked)
	}
	_, err = fmt.Fprintf(e.stdout, "no errors: %s %s, %s\n", cfg.Datapath.Mode, where, count(len(checked.Set.ACL), "rule"))
	return err
}

// checkQueues says how packets come to the queues. Whoever makes the rules by hand is told
// which.
func checkQueues(e *env, cfg *appliance.Config, checked *appliance.Checked) error {
	_, err := fmt.Fprintf(e.stdout, "no errors: nfqueue, %s\n", count(len(checked.Set.ACL), "rule"))
	if err == nil && cfg.NFQueue.Rules == "none" {
		_, err = fmt.Fprintf(e.stdout, "packets come by rules of your own, such as these:\n\n%s", cfg.QueueCommands())
	}
	return err
}

// newLog returns the daemon's log. The journal knows the time by itself.
func newLog(to io.Writer, journal bool) *slog.Logger {
	options := &slog.HandlerOptions{}
	if journal {
		options.ReplaceAttr = func(groups []string, a slog.Attr) slog.Attr {
			if len(groups) == 0 && a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}
	}
	return slog.New(slog.NewTextHandler(to, options))
}
