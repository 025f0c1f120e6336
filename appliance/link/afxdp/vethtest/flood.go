package vethtest

import (
	"encoding/binary"
	"errors"
	"runtime"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"golang.org/x/sys/unix"
)

// Flood sends a frame n times into the port behind e, as XDP live frames
// (BPF_PROG_TEST_RUN), as fast as it can. If vary is not 0, the byte there is a
// random one in each frame. It stays on one CPU, which names the receive queue of a
// veth port. It may be called from any goroutine.
func (e *End) Flood(frame []byte, vary, cpu, n int) error {
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread is of no use to others
		done <- errors.Join(e.enter(cpu), e.flood(frame, vary, n))
	}()
	return <-done
}

// enter brings the thread into the end's namespace and onto a CPU.
func (e *End) enter(cpu int) error {
	var set unix.CPUSet
	set.Set(cpu)
	return errors.Join(unix.Setns(e.namespace, unix.CLONE_NEWNET), unix.SchedSetaffinity(0, &set))
}

func (e *End) flood(frame []byte, vary, n int) error {
	program, err := floodProgram(e.Index, vary)
	if err != nil {
		return err
	}
	defer program.Close()
	context := make([]byte, 24) // struct xdp_md: data, data_end, data_meta, ingress_ifindex …
	binary.NativeEndian.PutUint32(context[4:], uint32(len(frame)))
	_, err = program.Run(&ebpf.RunOptions{
		Data: frame, Context: context, Repeat: uint32(n), Flags: unix.BPF_F_TEST_XDP_LIVE_FRAMES, BatchSize: 64,
	})
	return err
}

// floodProgram sends what it gets out of an interface.
func floodProgram(index, vary int) (*ebpf.Program, error) {
	instructions := asm.Instructions{
		asm.LoadMem(asm.R6, asm.R1, 0, asm.Word), // data
		asm.LoadMem(asm.R7, asm.R1, 4, asm.Word), // data_end
	}
	if vary > 0 {
		instructions = append(instructions,
			asm.Mov.Reg(asm.R2, asm.R6),
			asm.Add.Imm(asm.R2, int32(vary+1)),
			asm.JGT.Reg(asm.R2, asm.R7, "send"),
			asm.FnGetPrandomU32.Call(),
			asm.StoreMem(asm.R6, int16(vary), asm.R0, asm.Byte),
		)
	}
	instructions = append(instructions,
		asm.Mov.Imm(asm.R1, int32(index)).WithSymbol("send"),
		asm.Mov.Imm(asm.R2, 0),
		asm.FnRedirect.Call(),
		asm.Return(),
	)
	return ebpf.NewProgram(&ebpf.ProgramSpec{Name: "flood", Type: ebpf.XDP, Instructions: instructions, License: "GPL"})
}

// EnableNAPI lets the end receive frames that XDP redirects to it: a veth device
// that has no program of its own drops them.
func (e *End) EnableNAPI(t testing.TB) {
	t.Helper()
	e.attachAction(t, xdpPass)
}

// Drain drops what comes out of the port in the driver of its peer, and has it
// received by NAPI: the cheapest sink there is.
func (e *End) Drain(t testing.TB) {
	t.Helper()
	e.attachAction(t, xdpDrop)
}

// Actions of an XDP program (linux/bpf.h).
const (
	xdpDrop = 1
	xdpPass = 2
)

func (e *End) attachAction(t testing.TB, action int32) {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "end", Type: ebpf.XDP, License: "GPL",
		Instructions: asm.Instructions{asm.Mov.Imm(asm.R0, action), asm.Return()},
	})
	must(t, err)
	t.Cleanup(func() { program.Close() })
	attach(t, program, e.Index)
}
