package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/features"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp"
)

// oldest is the oldest kernel that vxwall is made for.
var oldest = [2]int{6, 6}

func lookKernel(context.Context, *patient) []Finding {
	var name unix.Utsname
	if err := unix.Uname(&name); err != nil {
		return one(NotChecked, "", "%v", err)
	}
	return judgeKernel(unix.ByteSliceToString(name.Release[:]), unix.ByteSliceToString(name.Machine[:]))
}

func judgeKernel(release, machine string) []Finding {
	var v [2]int
	if _, err := fmt.Sscanf(release, "%d.%d", &v[0], &v[1]); err != nil {
		return one(NotChecked, "", "the kernel calls itself %q", release)
	}
	if v[0] < oldest[0] || v[0] == oldest[0] && v[1] < oldest[1] {
		f := finding(Problem, "", "Linux %s: vxwall needs %d.%d or newer", release, oldest[0], oldest[1])
		return []Finding{f.advise("install a newer kernel (Debian 12: that of bookworm-backports) and boot it")}
	}
	return one(OK, "", "Linux %s, %s", release, machine)
}

// lookBPF has the kernel load programs and make maps of the kinds that are used.
func lookBPF(context.Context, *patient) []Finding {
	err := features.HaveProgramType(ebpf.XDP)
	for _, kind := range []ebpf.MapType{ebpf.XSKMap, ebpf.DevMap, ebpf.Hash, ebpf.PerCPUArray} {
		err = errors.Join(err, features.HaveMapType(kind))
	}
	switch {
	case errors.Is(err, fs.ErrPermission):
		return one(NotChecked, "", "this process may not load BPF programs: see capabilities")
	case err != nil:
		return []Finding{finding(Problem, "", "XDP programs or their maps: %v", err).advise("boot a kernel with CONFIG_BPF_SYSCALL and CONFIG_XDP_SOCKETS")}
	}
	also := []string{"type information (BTF): yes", "frames of several buffers (multi-buffer): yes, and not needed"}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		also[0] = "type information (BTF): no, so bpftool shows less"
	}
	if !multiBuffer() {
		also[1] = "frames of several buffers (multi-buffer): no, and not needed"
	}
	return one(OK, "", "XDP programs and their maps work; %s", strings.Join(also, "; "))
}

// multiBuffer says whether the kernel takes XDP programs for frames of several buffers.
func multiBuffer() bool {
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Type: ebpf.XDP, Flags: unix.BPF_F_XDP_HAS_FRAGS, License: "MIT",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, 2), asm.Return()},
	})
	if err != nil {
		return false
	}
	program.Close()
	return true
}

const jitFile = "/proc/sys/net/core/bpf_jit_enable"

func lookJIT(context.Context, *patient) []Finding {
	text, err := os.ReadFile(jitFile)
	switch {
	case errors.Is(err, fs.ErrNotExist): // not shown in a network namespace
		return one(NotChecked, "", "there is no %s in this network namespace", jitFile)
	case err != nil:
		return one(NotChecked, "", "%v", err)
	case strings.TrimSpace(string(text)) == "0":
		return []Finding{finding(Warning, "", "the kernel interprets BPF programs: several times slower").mend("sysctl -w net.core.bpf_jit_enable=1")}
	}
	return one(OK, "", "the kernel compiles BPF programs")
}

func lookAFXDP(context.Context, *patient) []Finding {
	fd, err := unix.Socket(unix.AF_XDP, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	switch {
	case errors.Is(err, unix.EPERM):
		return one(NotChecked, "", "this process may not open AF_XDP sockets: see capabilities")
	case err != nil:
		return []Finding{finding(Problem, "", "AF_XDP sockets: %v", err).advise("boot a kernel with CONFIG_XDP_SOCKETS")}
	}
	unix.Close(fd)
	return one(OK, "", "the kernel has AF_XDP sockets")
}

// lookBPFFS is about where the XDP program outlives the process.
func lookBPFFS(_ context.Context, p *patient) []Finding {
	pin := p.Config.Datapath.Pin
	if pin == "" {
		return one(Warning, "", "pin is \"\": the XDP program goes with vxwall, and the wire with it, whatever on_death says")
	}
	err := afxdp.CheckPin(pin)
	var refused *afxdp.ConfigError
	switch {
	case errors.As(err, &refused):
		return []Finding{refusal(pin, refused)}
	case err != nil:
		return one(NotChecked, pin, "%v", err)
	}
	return one(OK, pin, "on a bpf file system: the XDP program outlives vxwall")
}
