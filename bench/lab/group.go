package lab

import (
	"errors"
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// PolicyApplied is the mark of SetGroup that sets the bit of this name beside
// the group (VXLAN_GBP_POLICY_APPLIED, include/net/vxlan.h).
const PolicyApplied = 1 << 19

// markOffset is where struct __sk_buff has the mark (linux/bpf.h).
const markOffset = 8

// SetGroup has everything that a workload sends carry a Group Policy ID, and
// PolicyApplied if it is or-ed to it; 0 again none. The lab has GBP. The kernel takes the
// group from the packet's mark when the VXLAN device sends it, thus before it
// leaves the workload's namespace, so a program on the device sets the mark.
func (l *Lab) SetGroup(workload Place, mark uint32) error {
	if !l.GBP || workload.VNI() == 0 {
		return fmt.Errorf("set group of %s: want a workload of a lab with GBP", workload)
	}
	return l.In(workload, func() error { return setMark(workload.Device(), mark) })
}

func setMark(device string, mark uint32) error {
	link, err := netlink.LinkByName(device)
	if err != nil {
		return fmt.Errorf("find %s: %w", device, err)
	}
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Name: "mark", Type: ebpf.SchedCLS, License: "GPL", Instructions: asm.Instructions{
		asm.Mov.Imm(asm.R2, int32(mark)),
		asm.StoreMem(asm.R1, markOffset, asm.R2, asm.Word),
		asm.Mov.Imm(asm.R0, int32(netlink.TC_ACT_OK)),
		asm.Return(),
	}})
	if err != nil {
		return fmt.Errorf("load program: %w", err)
	}
	defer program.Close()
	err = netlink.QdiscAdd(&netlink.Clsact{QdiscAttrs: netlink.QdiscAttrs{
		LinkIndex: link.Attrs().Index, Handle: netlink.MakeHandle(0xffff, 0), Parent: netlink.HANDLE_CLSACT,
	}})
	if err != nil && !errors.Is(err, unix.EEXIST) {
		return fmt.Errorf("add qdisc to %s: %w", device, err)
	}
	err = netlink.FilterReplace(&netlink.BpfFilter{
		FilterAttrs: netlink.FilterAttrs{
			LinkIndex: link.Attrs().Index, Parent: netlink.HANDLE_MIN_EGRESS, Handle: 1, Priority: 1, Protocol: unix.ETH_P_ALL,
		},
		Fd: program.FD(), Name: "mark", DirectAction: true,
	})
	if err != nil {
		return fmt.Errorf("add program to %s: %w", device, err)
	}
	return nil
}
