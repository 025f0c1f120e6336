package appliance

import (
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// setCapabilities makes a mask the permitted and effective capabilities of all
// threads; none is inheritable, so that none is ambient either (capset(2)).
func setCapabilities(mask uint64) syscall.Errno {
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var data [2]unix.CapUserData
	for i := range data {
		word := uint32(mask >> (32 * i))
		data[i] = unix.CapUserData{Effective: word, Permitted: word}
	}
	_, _, errno := syscall.AllThreadsSyscall(unix.SYS_CAPSET,
		uintptr(unsafe.Pointer(&header)), uintptr(unsafe.Pointer(&data[0])), 0)
	return errno
}
