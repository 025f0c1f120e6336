package ring

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

func setOption(fd, option int, value unsafe.Pointer, size uintptr) error {
	_, _, errno := unix.Syscall6(unix.SYS_SETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option), uintptr(value), size, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

func getOption(fd, option int, value unsafe.Pointer, size uintptr) error {
	n := uint32(size)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_XDP, uintptr(option), uintptr(value), uintptr(unsafe.Pointer(&n)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// mapOffsets says where in the mappings the parts of the rings are.
func mapOffsets(fd int) (o unix.XDPMmapOffsets, err error) {
	err = getOption(fd, unix.XDP_MMAP_OFFSETS, unsafe.Pointer(&o), unsafe.Sizeof(o))
	return o, err
}

// statistics are the kernel's own counters of a socket.
func statistics(fd int) (s unix.XDPStatistics, err error) {
	err = getOption(fd, unix.XDP_STATISTICS, unsafe.Pointer(&s), unsafe.Sizeof(s))
	return s, err
}

// zeroCopy says how a bound socket works.
func zeroCopy(fd int) (bool, error) {
	var flags uint32
	err := getOption(fd, unix.XDP_OPTIONS, unsafe.Pointer(&flags), unsafe.Sizeof(flags))
	return flags&unix.XDP_OPTIONS_ZEROCOPY != 0, err
}
