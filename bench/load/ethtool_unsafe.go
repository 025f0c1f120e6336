package load

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Commands of struct ethtool_value (linux/ethtool.h).
const (
	setTxChecksum = 0x17 // ETHTOOL_STXCSUM
	setTSO        = 0x1f // ETHTOOL_STSO
	setGSO        = 0x24 // ETHTOOL_SGSO
	setGRO        = 0x2c // ETHTOOL_SGRO
)

// ethtool switches a feature of a network interface of the thread's namespace.
func ethtool(device string, command uint32, on bool) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open socket: %w", err)
	}
	defer unix.Close(fd)
	value := struct{ command, data uint32 }{command: command}
	if on {
		value.data = 1
	}
	request := struct { // struct ifreq
		name [unix.IFNAMSIZ]byte
		data unsafe.Pointer
		_    [16]byte
	}{data: unsafe.Pointer(&value)}
	copy(request.name[:unix.IFNAMSIZ-1], device)
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&request))); errno != 0 {
		return fmt.Errorf("ethtool command %#x on %s: %w", command, device, errno)
	}
	return nil
}
