package doctor

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strconv"
	"strings"
)

// conntrackDir has the numbers of the kernel's connection tracking, by network namespace.
const conntrackDir = "/proc/sys/net/netfilter/"

// lookNetfilter is about iptables and connection tracking, which never see what XDP takes.
func lookNetfilter(_ context.Context, p *patient) []Finding {
	tables := strings.Fields(readText("/proc/thread-self/net/ip_tables_names"))
	rules := "iptables and nftables do not see what comes in at the ports: XDP is first"
	if p.mode() == nfqueueMode {
		rules = "rules behind the table mangle decide about what vxwall lets pass"
	}
	if len(tables) > 0 {
		rules += "; iptables has tables here: " + strings.Join(tables, ", ")
	}
	count, err := readNumber(conntrackDir + "nf_conntrack_count")
	if errors.Is(err, fs.ErrNotExist) {
		return one(OK, "", "%s; connections are not tracked", rules)
	}
	most, err1 := readNumber(conntrackDir + "nf_conntrack_max")
	if err = errors.Join(err, err1); err != nil {
		return one(NotChecked, "", "%v", err)
	}
	return judgeConntrack(rules, count, most)
}

func judgeConntrack(rules string, count, most uint64) []Finding {
	if most > 0 && count*10 >= most*9 {
		f := finding(Warning, "", "the kernel tracks %d connections of at most %d: others of this machine, not vxwall's, will be refused", count, most)
		return []Finding{f.mend("sysctl -w net.netfilter.nf_conntrack_max=" + strconv.FormatUint(2*most, 10))}
	}
	return one(OK, "", "%s; %d connections tracked, of at most %d", rules, count, most)
}

func readText(file string) string {
	text, _ := os.ReadFile(file)
	return string(text)
}

func readNumber(file string) (uint64, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	return strconv.ParseUint(strings.TrimSpace(string(text)), 10, 64)
}
