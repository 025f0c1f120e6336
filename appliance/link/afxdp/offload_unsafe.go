package afxdp

import (
	"runtime"
	"sync/atomic"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// bpfCall is a bpf(2) call on one entry of a hash map, with memory of its own
// for what the kernel reads and writes: nothing is allocated for a call, and
// nothing of it lies on a stack, which may move.
type bpfCall struct {
	busy  atomic.Bool
	attr  mapAttr
	key   offloadKey
	value offloadValue
	_     [64]byte // keeps workers off each other's cache lines
}

// mapAttr is the part of union bpf_attr for BPF_MAP_*_ELEM (linux/bpf.h).
type mapAttr struct {
	fd         uint32
	_          uint32
	key, value uint64
	flags      uint64
}

// calls is how many workers may speak to the map at a time without waiting.
const calls = 2 * MaxQueues

func newCalls(m *ebpf.Map) []bpfCall {
	list := make([]bpfCall, calls)
	for i := range list {
		c := &list[i]
		c.attr = mapAttr{
			fd: uint32(m.FD()), key: uint64(uintptr(unsafe.Pointer(&c.key))), value: uint64(uintptr(unsafe.Pointer(&c.value))),
		}
	}
	return list
}

// call returns a call that nobody uses. There are more than workers.
func (p *program) call() *bpfCall {
	for {
		for i := range p.calls {
			if c := &p.calls[i]; !c.busy.Load() && c.busy.CompareAndSwap(false, true) {
				return c
			}
		}
		runtime.Gosched()
	}
}

func (c *bpfCall) release() { c.busy.Store(false) }

// do makes the system call. The error is a unix.Errno.
func (c *bpfCall) do(command uintptr) error {
	_, _, errno := unix.Syscall(unix.SYS_BPF, command, uintptr(unsafe.Pointer(&c.attr)), unsafe.Sizeof(c.attr))
	if errno != 0 {
		return errno
	}
	return nil
}
