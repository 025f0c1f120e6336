package nfqueue

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"vxwall/pipeline"
)

// copyRange is how much of a packet the kernel hands over: all that fits into an
// attribute (NFQNL_MAX_COPY_RANGE, net/netfilter/nfnetlink_queue.c).
const copyRange = 0xffff - attrHeader

// slotSize has room for a message with a payload of copyRange bytes and all the
// attributes that may stand in front of it. An odd number of pages spreads the
// beginnings of slots over the sets of the caches.
const slotSize = 17 * 4096

// receiver has memory for a batch of messages: no memory of Go's, so that what nobody
// sends takes no room.
type receiver struct {
	headers [pipeline.BatchSize]mmsghdr
	iovecs  [pipeline.BatchSize]unix.Iovec
	from    [pipeline.BatchSize]unix.RawSockaddrNetlink
	memory  []byte
}

// mmsghdr is struct mmsghdr (recvmmsg(2)).
type mmsghdr struct {
	header unix.Msghdr
	length uint32
}

func newReceiver() (*receiver, error) {
	memory, err := unix.Mmap(-1, 0, slotSize*pipeline.BatchSize, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS)
	if err != nil {
		return nil, fmt.Errorf("map memory for packets: %w", err)
	}
	r := &receiver{memory: memory}
	for i := range r.headers {
		r.iovecs[i].Base = &memory[i*slotSize]
		r.iovecs[i].SetLen(slotSize)
		h := &r.headers[i].header
		h.Iov = &r.iovecs[i]
		h.SetIovlen(1)
		h.Name = (*byte)(unsafe.Pointer(&r.from[i]))
	}
	return r, nil
}

func (r *receiver) close() error { return unix.Munmap(r.memory) }

// receive takes the messages that wait at a socket, at most a batch, and returns how
// many. Their bytes stay until the next call.
func (r *receiver) receive(fd int) (int, error) {
	for i := range r.headers {
		r.headers[i].header.Namelen = unix.SizeofSockaddrNetlink
	}
	n, _, errno := unix.Syscall6(unix.SYS_RECVMMSG, uintptr(fd), uintptr(unsafe.Pointer(&r.headers[0])),
		pipeline.BatchSize, unix.MSG_DONTWAIT, 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// message returns message i of those received last. It reports false for one that the kernel
// did not send, or that did not fit.
func (r *receiver) message(i int) ([]byte, bool) {
	h := &r.headers[i]
	length := min(int(h.length), slotSize)
	whole := h.header.Flags&unix.MSG_TRUNC == 0 && r.from[i].Pid == 0
	return r.memory[i*slotSize : i*slotSize+length : (i+1)*slotSize], whole
}
