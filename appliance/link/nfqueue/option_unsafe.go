package nfqueue

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// getMemInfo reads SO_MEMINFO of a socket.
func getMemInfo(fd int, info []uint32) error {
	size := uint32(len(info) * 4)
	_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_MEMINFO,
		uintptr(unsafe.Pointer(&info[0])), uintptr(unsafe.Pointer(&size)), 0)
	if errno != 0 {
		return errno
	}
	return nil
}
