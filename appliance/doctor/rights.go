package doctor

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp"
)

// capability is a right that vxwall needs until it has opened its ports.
type capability struct {
	bit  int
	name string
	what string
}

var capabilities = []capability{
	{unix.CAP_NET_ADMIN, "cap_net_admin", "attach XDP programs"},
	{unix.CAP_NET_RAW, "cap_net_raw", "open AF_XDP sockets"},
	{unix.CAP_BPF, "cap_bpf", "load BPF programs"},
	{unix.CAP_PERFMON, "cap_perfmon", "have their pointers checked as those of root are"},
	{unix.CAP_IPC_LOCK, "cap_ipc_lock", "lock the memory of frames"},
}

// queueCapabilities are those of nfqueue mode.
var queueCapabilities = []capability{
	{unix.CAP_NET_ADMIN, "cap_net_admin", "bind a queue and give verdicts"},
	{unix.CAP_NET_RAW, "cap_net_raw", "send what was held, and answers"},
}

func lookCapabilities(_ context.Context, p *patient) []Finding {
	have, err := effective("/proc/thread-self/status")
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	if p.mode() == nfqueueMode {
		return judgeCapabilities(have, queueCapabilities)
	}
	return judgeCapabilities(have, capabilities)
}

func judgeCapabilities(have uint64, needed []capability) []Finding {
	if have&(1<<unix.CAP_SYS_ADMIN) != 0 { // has been what CAP_BPF and CAP_PERFMON are now
		have |= 1<<unix.CAP_BPF | 1<<unix.CAP_PERFMON
	}
	var names, lacks []string
	for _, c := range needed {
		names = append(names, c.name)
		if have&(1<<c.bit) == 0 {
			lacks = append(lacks, fmt.Sprintf("%s (to %s)", strings.ToUpper(c.name), c.what))
		}
	}
	if len(lacks) == 0 {
		return one(OK, "", "this process has all that vxwall needs")
	}
	program, err := os.Executable()
	if err != nil {
		program = "/usr/bin/vxwall"
	}
	f := finding(Problem, "", "this process lacks %s", strings.Join(lacks, ", "))
	return []Finding{f.mend(shell("setcap %s %s", strings.Join(names, ",")+"+ep", program)).
		advise("or run it as root; a service gets them by configs/vxwall.service")}
}

// effective reads the effective capabilities of a thread.
func effective(file string) (mask uint64, err error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, "CapEff:"); ok {
			return strconv.ParseUint(strings.TrimSpace(value), 16, 64)
		}
	}
	return 0, fmt.Errorf("%s has no CapEff", file)
}

func lookLockedMemory(_ context.Context, p *patient) []Finding {
	have, err := effective("/proc/thread-self/status")
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_MEMLOCK, &limit); err != nil {
		return one(NotChecked, "", "%v", err)
	}
	return judgeLockedMemory(p.frameMemory(), limit.Cur, have&(1<<unix.CAP_IPC_LOCK) != 0)
}

func judgeLockedMemory(need, limit uint64, unlimited bool) []Finding {
	switch {
	case unlimited:
		return one(OK, "", "CAP_IPC_LOCK: no limit; frames take %s", mib(need))
	case limit == unix.RLIM_INFINITY || limit >= need:
		return one(OK, "", "frames take %s, the limit is %s", mib(need), limitText(limit))
	}
	f := finding(Problem, "", "frames take %s, the limit is %s", mib(need), limitText(limit))
	return []Finding{f.mend("ulimit -l unlimited").advise("for a service: LimitMEMLOCK=infinity; or a smaller ring in [datapath]")}
}

// frameMemory is how much memory the frames of all rings take; with ports that
// cannot be looked at, that of two with one queue each.
func (p *patient) frameMemory() uint64 {
	if p.mode() == nfqueueMode {
		return uint64(p.Config.NFQueue.Count) * uint64(p.Config.NFQueue.Buffer)
	}
	ports := []afxdp.PortFacts{}
	for _, at := range p.usable() {
		ports = append(ports, at.PortFacts)
	}
	for len(ports) < 2 && p.Config.Datapath.Mode == "wire" {
		ports = append(ports, afxdp.PortFacts{PortStatus: afxdp.PortStatus{Queues: 1, MTU: 1500}})
	}
	cfg := p.link()
	return uint64(cfg.Memory(ports))
}

// Memory per entry of the flow table and of the offload table, with their indices, and of
// what a VTEP has beside the latter.
const (
	flowMemory    = 256
	offloadMemory = 256
	wayMemory     = 128
)

// offloadMemory is how much memory the offload table takes.
func (p *patient) offloadMemory() uint64 {
	d := &p.Config.Datapath
	each := uint64(offloadMemory)
	if d.Mode == "vtep" {
		each += wayMemory
	}
	return uint64(d.OffloadFlows) * each
}

func lookMemory(_ context.Context, p *patient) []Finding {
	info, err := memoryInfo("/proc/meminfo")
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	if p.daemon != nil {
		return one(OK, "", "%s available, besides what vxwall has", mib(info["MemAvailable"]))
	}
	c := &p.Config
	need := p.frameMemory() + uint64(c.Flows.Capacity)*flowMemory + p.offloadMemory() + uint64(c.Fragments.Memory)
	return judgeMemory(need, info["MemAvailable"])
}

func judgeMemory(need, available uint64) []Finding {
	if need > available {
		f := finding(Problem, "", "the tables take %s, %s are available", mib(need), mib(available))
		return []Finding{f.advise("lower flows.capacity, datapath.offload_flows or datapath.ring")}
	}
	return one(OK, "", "the tables take %s, %s are available", mib(need), mib(available))
}

func lookHugePages(context.Context, *patient) []Finding {
	info, err := memoryInfo("/proc/meminfo")
	if err != nil {
		return one(NotChecked, "", "%v", err)
	}
	reserved := info["HugePages_Total"] * info["Hugepagesize"]
	return one(OK, "", "vxwall needs none; %s are reserved", mib(reserved))
}

// memoryInfo reads /proc/meminfo, in bytes.
func memoryInfo(file string) (map[string]uint64, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info := map[string]uint64{}
	for s := bufio.NewScanner(f); s.Scan(); {
		name, rest, _ := strings.Cut(s.Text(), ":")
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			continue
		}
		n, err := strconv.ParseUint(fields[0], 10, 50)
		if err != nil {
			continue
		}
		if len(fields) > 1 && fields[1] == "kB" {
			n <<= 10
		}
		info[name] = n
	}
	return info, nil
}

func mib(n uint64) string { return fmt.Sprintf("%d MiB", n>>20) }

func limitText(n uint64) string {
	if n == unix.RLIM_INFINITY {
		return "unlimited"
	}
	return fmt.Sprintf("%d kiB", n>>10)
}
