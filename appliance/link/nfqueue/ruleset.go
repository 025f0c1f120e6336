package nfqueue

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// family is one of the two IP versions, whose rules are apart.
type family struct {
	iptables string
	present  string // a file that the kernel has if it has the IP version; "" for always
}

var families = []family{{"iptables", ""}, {"ip6tables", "/proc/thread-self/net/if_inet6"}}

// wait is for the lock of other programs that change rules.
const wait = "--wait=5"

// Install puts the rules into the kernel, whatever is there of an earlier run: the chains
// of vxwall change in one step, packets are never without rules. It runs iptables and
// ip6tables in the network namespace of the calling thread.
func Install(c *Config) error {
	return each(func(f family) error {
		if err := f.run(RulesText(c), "-restore", wait, "--noflush"); err != nil {
			return err
		}
		for _, hook := range hooks {
			if f.leads(hook) {
				continue
			}
			if err := f.change("-I", append([]string{hook}, jumpTo(hook)...)...); err != nil {
				return err
			}
		}
		return nil
	})
}

// Remove takes the rules out of the kernel. It is no error if there are none.
func Remove() error {
	return each(func(f family) error {
		for _, hook := range hooks {
			if err := f.remove(hook); err != nil {
				return err
			}
		}
		return nil
	})
}

func each(do func(family) error) (err error) {
	for _, f := range families {
		if _, missing := os.Stat(f.present); f.present != "" && missing != nil {
			continue
		}
		if one := do(f); one != nil {
			err = errors.Join(err, one)
		}
	}
	return err
}

// leads says whether a built-in chain leads to vxwall's.
func (f family) leads(hook string) bool {
	return f.change("-C", append([]string{hook}, jumpTo(hook)...)...) == nil
}

// remove removes what leads to a chain of vxwall, then the chain.
func (f family) remove(hook string) error {
	if f.change("-nL", chainOf(hook)) != nil {
		return f.missing() // or there is no such chain
	}
	for f.leads(hook) {
		if err := f.change("-D", append([]string{hook}, jumpTo(hook)...)...); err != nil {
			return err
		}
	}
	return errors.Join(f.change("-F", chainOf(hook)), f.change("-X", chainOf(hook)))
}

func (f family) change(command string, args ...string) error {
	return f.run("", "", append([]string{wait, "-t", table, command}, args...)...)
}

// missing is an error if there is no iptables on this machine.
func (f family) missing() error {
	_, err := f.path("")
	return err
}

// path finds a program of iptables, also for one who is not root and has no /usr/sbin in PATH.
func (f family) path(suffix string) (string, error) {
	name := f.iptables + suffix
	for _, file := range []string{name, "/usr/sbin/" + name, "/sbin/" + name} {
		if path, err := exec.LookPath(file); err == nil {
			return path, nil
		}
	}
	return "", &ConfigError{"rules", "there is no " + name + " on this machine", "install the package iptables, or set [nfqueue] rules = \"none\" and queue VXLAN by other means"}
}

// run runs a program of iptables. Its name goes on with suffix.
func (f family) run(input, suffix string, args ...string) error {
	path, err := f.path(suffix)
	if err != nil {
		return err
	}
	cmd := exec.Command(path, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", f.iptables+suffix, strings.Join(args, " "), err, bytes.TrimSpace(out))
	}
	return nil
}
