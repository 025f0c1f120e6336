package afxdp

import (
	"fmt"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// newControl maps the control map's memory. A worker that is silent for longer than
// the limit is dead.
func newControl(m *ebpf.Map, limit time.Duration) (*control, error) {
	clock, err := newClock()
	if err != nil {
		return nil, err
	}
	memory, err := mapMemory(m)
	if err != nil {
		return nil, err
	}
	return &control{memory: memory, area: (*wireControl)(unsafe.Pointer(&memory[0])), clock: clock, limit: clock.ticks(limit)}, nil
}

// mapMemory maps the memory of an array, or of the program's variables.
func mapMemory(m *ebpf.Map) ([]byte, error) {
	size := int(m.ValueSize()) * int(m.MaxEntries())
	memory, err := unix.Mmap(m.FD(), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, fmt.Errorf("map memory of %s: %w", m, err)
	}
	return memory, nil
}

// close unmaps the memory; no other method may be called any more.
func (c *control) close() error {
	c.area = nil
	return unix.Munmap(c.memory)
}

// beat says that the worker of a queue is alive, and will be for as long as it may be silent.
func (c *control) beat(port, queue int) {
	atomic.StoreUint64(&c.area.Queues[port*MaxQueues+queue].Until, c.clock.jiffies()+c.limit)
}

// setRevision says which policy is in force: entries of the offload table that
// another one judged count no more.
func (c *control) setRevision(revision uint32) { atomic.StoreUint32(&c.area.Revision, revision) }

// SetRevision implements overlay.Board.
func (c *control) SetRevision(revision uint32) { atomic.StoreUint32(&c.area.Map, revision) }

// SetPlace implements overlay.Board.
func (c *control) SetPlace(place uint16, changes uint32) {
	atomic.StoreUint32(&c.area.Places[place], changes)
}

// taken says how many frames the worker of a queue has taken from its RX ring
// in all. What the kernel lost on the way there counts as taken: see redirected.
func (c *control) taken(port, queue int, n uint64) {
	atomic.StoreUint64(&c.area.Queues[port*MaxQueues+queue].Taken, n)
}

// redirected returns how many frames the program handed to the socket of a
// queue. Some of them may not be in its RX ring yet, or were lost for want of
// room.
func (c *control) redirected(port, queue int) uint64 {
	return atomic.LoadUint64(&c.area.Queues[port*MaxQueues+queue].Redirected)
}

// setDown says whether the process is about to leave: then VXLAN is treated as
// if it were dead.
func (c *control) setDown(down bool) {
	n := uint32(0)
	if down {
		n = 1
	}
	atomic.StoreUint32(&c.area.Down, n)
}
