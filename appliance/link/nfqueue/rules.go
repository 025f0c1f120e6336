package nfqueue

import (
	"fmt"
	"strings"
)

// table is where the rules are: it comes before the table "filter", whose rules go on to
// decide about what vxwall lets pass.
const table = "mangle"

// hooks are the built-in chains that lead to the chains of vxwall.
var hooks = []string{"INPUT", "OUTPUT", "FORWARD"}

// chainOf is the chain of vxwall that a built-in one leads to.
func chainOf(hook string) string { return "VXWALL-" + hook }

// RulesText is the rules as iptables-restore and ip6tables-restore read them, with
// --noflush: the chains of vxwall, whole, and nothing else.
//
// What the host receives by lo it has sent itself, and that was judged: such packets are
// not queued again. Those that vxwall sent have a mark, which ends here, lest it be the
// mark of the packet inside.
func RulesText(c *Config) string {
	var b strings.Builder
	fmt.Fprintf(&b, "*%s\n", table)
	for _, hook := range hooks {
		fmt.Fprintf(&b, ":%s - [0:0]\n", chainOf(hook))
	}
	input, output := chainOf("INPUT"), chainOf("OUTPUT")
	fmt.Fprintf(&b, "-A %s -i lo -m mark --mark %#x -j MARK --set-mark 0x0\n", input, c.Mark)
	fmt.Fprintf(&b, "-A %s -i lo -j RETURN\n", input)
	fmt.Fprintf(&b, "-A %s -m mark --mark %#x -j RETURN\n", output, c.Mark)
	for _, hook := range hooks {
		for _, port := range c.VXLANPorts {
			fmt.Fprintf(&b, "-A %s -p udp -m udp --dport %d -j %s\n", chainOf(hook), port, c.target())
		}
	}
	b.WriteString("COMMIT\n")
	return b.String()
}

// target is the target of the rules that queue.
func (c *Config) target() string {
	text := fmt.Sprintf("NFQUEUE --queue-num %d", c.Queue)
	if c.Count > 1 {
		text = fmt.Sprintf("NFQUEUE --queue-balance %d:%d", c.Queue, int(c.Queue)+c.Count-1)
	}
	if c.OnDeath == Relay {
		text += " --queue-bypass"
	}
	return text
}

// Commands are the shell commands that install the rules, for an operator who wants to.
func Commands(c *Config) string {
	var b strings.Builder
	for _, family := range families {
		fmt.Fprintf(&b, "%s-restore --noflush <<'EOF'\n%sEOF\n", family.iptables, RulesText(c))
		for _, hook := range hooks {
			jump := fmt.Sprintf("%s %s", hook, strings.Join(jumpTo(hook), " "))
			fmt.Fprintf(&b, "%[1]s -t %[2]s -C %[3]s 2>/dev/null || %[1]s -t %[2]s -I %[3]s\n", family.iptables, table, jump)
		}
	}
	return b.String()
}

func jumpTo(hook string) []string { return []string{"-j", chainOf(hook)} }
