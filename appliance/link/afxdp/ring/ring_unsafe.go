package ring

import (
	"fmt"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/unix"
)

// shared is a ring's part that the kernel sees: one side writes entries and
// moves producer on, the other reads them and moves consumer on. Both only
// grow, modulo 2^32; an entry's place is the index modulo the size.
type shared struct {
	producer, consumer, flags *uint32
	mem                       []byte
}

// descRing is an RX or TX ring, addrRing a fill or completion ring.
type (
	descRing struct {
		shared
		entries []unix.XDPDesc
	}
	addrRing struct {
		shared
		entries []uint64
	}
)

func (r *shared) produced() uint32 { return atomic.LoadUint32(r.producer) }
func (r *shared) consumed() uint32 { return atomic.LoadUint32(r.consumer) }

func (r *shared) produce(index uint32) { atomic.StoreUint32(r.producer, index) }
func (r *shared) consume(index uint32) { atomic.StoreUint32(r.consumer, index) }

// needWakeup says whether the kernel waits for a call before it goes on.
func (r *shared) needWakeup() bool { return atomic.LoadUint32(r.flags)&unix.XDP_RING_NEED_WAKEUP != 0 }

// mapRing maps a ring of size entries.
func mapRing(fd int, page int64, o *unix.XDPRingOffset, entries uintptr) (shared, error) {
	mem, err := unix.Mmap(fd, page, int(uintptr(o.Desc)+entries), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED|unix.MAP_POPULATE)
	if err != nil {
		return shared{}, fmt.Errorf("map ring: %w", err)
	}
	index := func(at uint64) *uint32 { return (*uint32)(unsafe.Pointer(&mem[at])) }
	return shared{producer: index(o.Producer), consumer: index(o.Consumer), flags: index(o.Flags), mem: mem}, nil
}

func (r *descRing) mapTo(fd int, page int64, o *unix.XDPRingOffset, size int) (err error) {
	if r.shared, err = mapRing(fd, page, o, uintptr(size)*unsafe.Sizeof(unix.XDPDesc{})); err == nil {
		r.entries = unsafe.Slice((*unix.XDPDesc)(unsafe.Pointer(&r.mem[o.Desc])), size)
	}
	return err
}

func (r *addrRing) mapTo(fd int, page int64, o *unix.XDPRingOffset, size int) (err error) {
	if r.shared, err = mapRing(fd, page, o, uintptr(size)*unsafe.Sizeof(uint64(0))); err == nil {
		r.entries = unsafe.Slice((*uint64)(unsafe.Pointer(&r.mem[o.Desc])), size)
	}
	return err
}

// unmap is done even if it was never mapped.
func (r *shared) unmap() error {
	if r.mem == nil {
		return nil
	}
	mem := r.mem
	*r = shared{}
	return unix.Munmap(mem)
}
