package vethtest

import (
	"testing"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
	"github.com/cilium/ebpf/link"
)

// ToSockets attaches a program to a port that redirects every frame to the socket of
// its receive queue, key of the XSKMAP sockets being first + queue.
func ToSockets(t testing.TB, index int, sockets *ebpf.Map, first int) {
	t.Helper()
	program := SocketsProgram(t, sockets, first)
	attach(t, program, index)
}

// SocketsProgram returns that program.
func SocketsProgram(t testing.TB, sockets *ebpf.Map, first int) *ebpf.Program {
	t.Helper()
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{
		Name: "to_sockets", Type: ebpf.XDP, AttachType: ebpf.AttachXDP, License: "GPL",
		Instructions: asm.Instructions{
			asm.LoadMem(asm.R2, asm.R1, 16, asm.Word), // rx_queue_index
			asm.Add.Imm(asm.R2, int32(first)),
			asm.LoadMapPtr(asm.R1, sockets.FD()),
			asm.Mov.Imm(asm.R3, xdpDrop), // where there is no socket
			asm.FnRedirectMap.Call(),
			asm.Return(),
		},
	})
	must(t, err)
	t.Cleanup(func() { program.Close() })
	return program
}

func attach(t testing.TB, program *ebpf.Program, index int) {
	t.Helper()
	l, err := link.AttachXDP(link.XDPOptions{Program: program, Interface: index, Flags: link.XDPDriverMode})
	must(t, err)
	t.Cleanup(func() { l.Close() })
}
