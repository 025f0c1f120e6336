package afxdp

import (
	"errors"
	"unsafe"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"
)

// newTable maps the memory of an empty offload table.
func newTable(buckets, entries, ways *ebpf.Map, clock *clock) (*table, error) {
	t := &table{seed: newHashSeed(), clock: clock, fresh: 1}
	for _, m := range []*ebpf.Map{buckets, entries, ways} {
		memory, err := mapMemory(m)
		if err != nil {
			return nil, errors.Join(err, t.close())
		}
		t.memory = append(t.memory, memory)
	}
	t.buckets = unsafe.Slice((*wireOffloadBucket)(unsafe.Pointer(&t.memory[0][0])), buckets.MaxEntries())
	t.entries = unsafe.Slice((*offloadEntry)(unsafe.Pointer(&t.memory[1][0])), entries.MaxEntries())
	t.ways = unsafe.Slice((*offloadWay)(unsafe.Pointer(&t.memory[2][0])), ways.MaxEntries())
	return t, nil
}

// close unmaps the memory; no other method may be called any more.
func (t *table) close() error {
	var errs []error
	for _, memory := range t.memory {
		errs = append(errs, unix.Munmap(memory))
	}
	return errors.Join(errs...)
}
