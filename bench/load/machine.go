package load

import (
	"bufio"
	"fmt"
	"os"
	"runtime"
	"strings"

	"golang.org/x/sys/unix"
)

// Machine is where a report comes from.
type Machine struct {
	Processor string `json:"processor"`
	Cores     int    `json:"cores"`
	Kernel    string `json:"kernel"`
	Go        string `json:"go"`
	LoadAt    string `json:"load_average"` // when the measurement began: what else went on
}

// ThisMachine describes the machine. What cannot be read is "unknown".
func ThisMachine() Machine {
	m := Machine{Processor: processor(), Cores: runtime.NumCPU(), Kernel: "unknown", Go: runtime.Version(), LoadAt: "unknown"}
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		m.Kernel = unix.ByteSliceToString(name.Release[:])
	}
	if text, err := os.ReadFile("/proc/loadavg"); err == nil {
		m.LoadAt = strings.Join(strings.Fields(string(text))[:3], " ")
	}
	return m
}

func processor() string {
	f, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if key, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(key) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}

// String is the machine in one line.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, Linux %s, %s, load average %s", m.Processor, m.Cores, m.Kernel, m.Go, m.LoadAt)
}

// String says what ran where.
func (p Placement) String() string {
	switch {
	case p.Load < 0 || p.Appliance < 0:
		return "no core was chosen for anything"
	case p.Split:
		return fmt.Sprintf("core %d: the generator, and what receives from it at the appliance's port (softirq); core %d: the process of the appliance or its peer, if it has one; the sink: on the core that sends to it", p.Load, p.Appliance)
	}
	return fmt.Sprintf("core %d: the generator; core %d: what receives at the appliance's ports (threaded NAPI), the appliance or its peer, the sink", p.Load, p.Appliance)
}

// DefaultPlacement is the first core and the second, or none on a machine with
// one. split is Placement.Split.
func DefaultPlacement(split bool) Placement {
	if runtime.NumCPU() < 2 {
		return Placement{Load: -1, Appliance: -1, Split: split}
	}
	return Placement{Load: 0, Appliance: 1, Split: split}
}
