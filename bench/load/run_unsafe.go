package load

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// bpfProgTestRun is BPF_PROG_TEST_RUN (linux/bpf.h, enum bpf_cmd).
const bpfProgTestRun = 10

// testRun is the part of union bpf_attr that BPF_PROG_TEST_RUN reads.
type testRun struct {
	program, result       uint32
	dataSize, outSize     uint32
	data, out             uint64
	repeat, duration      uint32
	contextIn, contextOut uint32
	context, contextTo    uint64
	flags, cpu, batch     uint32
	_                     uint32
}

// runLive runs an XDP program on live frames until repeat is reached or a signal
// reaches the thread: unix.EINTR. Program.Run of cilium/ebpf would begin anew
// after a signal, and there is no other way to end a run.
func runLive(program int, frame []byte, repeat, batch uint32) error {
	attr := testRun{
		program: uint32(program), dataSize: uint32(len(frame)), data: uint64(uintptr(unsafe.Pointer(&frame[0]))),
		repeat: repeat, flags: liveFrames, batch: batch,
	}
	_, _, errno := unix.Syscall(unix.SYS_BPF, bpfProgTestRun, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr))
	if errno != 0 {
		return errno
	}
	return nil
}
