package nfqueue

import (
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"
)

// Found is what the kernel has of the rules, for one IP version.
type Found struct {
	Program string   // iptables or ip6tables
	Any     bool     // a chain of vxwall is there
	Missing []string // rules that lead to a queue and are not there, as iptables-save writes them
	Others  []string // rules that lead to the first queue and are not vxwall's
}

// Look says which rules there are in the network namespace of the calling thread. It
// changes nothing: iptables-save shows the tables that there are, and makes none.
func Look(c *Config) (list []Found, err error) {
	err = each(func(f family) error {
		path, err := f.path("-save")
		if err != nil {
			return err
		}
		text, err := exec.Command(path).Output()
		if exit := new(exec.ExitError); errors.As(err, &exit) {
			return fmt.Errorf("%s-save: %w: %s", f.iptables, err, bytes.TrimSpace(exit.Stderr))
		}
		if err != nil {
			return fmt.Errorf("%s-save: %w", f.iptables, err)
		}
		list = append(list, c.find(f.iptables, string(text)))
		return nil
	})
	return list, err
}

// find reads what iptables-save wrote.
func (c *Config) find(program, text string) Found {
	f := Found{Program: program}
	inTable := map[string]bool{}
	at := ""
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if name, ok := strings.CutPrefix(line, "*"); ok {
			at = name
		}
		ours := at == table && strings.HasPrefix(line, "-A VXWALL-")
		if at == table {
			inTable[line] = true
			f.Any = f.Any || ours || strings.HasPrefix(line, ":VXWALL-")
		}
		if !ours && c.leadsTo(line) {
			f.Others = append(f.Others, line)
		}
	}
	for _, rule := range c.leading() {
		if !inTable[rule] {
			f.Missing = append(f.Missing, rule)
		}
	}
	return f
}

// leading are the rules without which no packet gets to a queue.
func (c *Config) leading() (rules []string) {
	for _, hook := range hooks {
		rules = append(rules, "-A "+hook+" "+strings.Join(jumpTo(hook), " "))
	}
	for line := range strings.Lines(RulesText(c)) {
		if strings.Contains(line, "-j NFQUEUE") {
			rules = append(rules, strings.TrimSpace(line))
		}
	}
	return rules
}

// leadsTo says whether a rule queues to the first queue.
func (c *Config) leadsTo(rule string) bool {
	words := strings.Fields(rule)
	number := fmt.Sprint(c.Queue)
	return slices.Contains(words, "NFQUEUE") && slices.ContainsFunc(words, func(w string) bool {
		return w == number || strings.HasPrefix(w, number+":")
	})
}

// Commands are shell commands that put what is missing into the kernel: the chains in
// one step, then what leads to them. Rules that stand elsewhere are left alone.
func (f *Found) Commands(c *Config) (list []string) {
	var words strings.Builder
	for line := range strings.Lines(RulesText(c)) {
		fmt.Fprintf(&words, " '%s'", strings.TrimSpace(line))
	}
	list = append(list, fmt.Sprintf(`printf '%%s\n'%s | %s-restore --noflush`, words.String(), f.Program))
	for _, hook := range hooks {
		if jump := hook + " " + strings.Join(jumpTo(hook), " "); slices.Contains(f.Missing, "-A "+jump) {
			list = append(list, fmt.Sprintf("%s -t %s -I %s", f.Program, table, jump))
		}
	}
	return list
}
