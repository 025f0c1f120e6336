package appliance

import "golang.org/x/sys/unix"

// hugeSlab makes memory for streams, of huge pages where the kernel has some: streams lie
// all over it, and with small pages most packets would have to wait for the page table too.
// A kernel that cannot, or will not, gives small ones.
func hugeSlab(size int) []byte {
	slab := make([]byte, size)
	_ = unix.Madvise(slab, unix.MADV_HUGEPAGE)
	return slab
}
