package afxdp

import (
	"unsafe"

	"golang.org/x/sys/unix"
)

// ethtoolRequest is struct ifreq of ioctl SIOCETHTOOL (linux/if.h).
type ethtoolRequest struct {
	name [unix.IFNAMSIZ]byte
	data unsafe.Pointer
	_    [16]byte
}

// ethtoolValue is struct ethtool_value, ethtoolChannels is struct
// ethtool_channels (linux/ethtool.h).
type (
	ethtoolValue    struct{ cmd, value uint32 }
	ethtoolChannels struct {
		cmd                                 uint32
		maxRx, maxTx, maxOther, maxCombined uint32
		rx, tx, other, combined             uint32
	}
)

// flagLRO is ETH_FLAG_LRO (linux/ethtool.h).
const flagLRO = 1 << 15

func ethtool(fd int, name string, data unsafe.Pointer) error {
	r := ethtoolRequest{data: data}
	copy(r.name[:len(r.name)-1], name)
	_, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCETHTOOL, uintptr(unsafe.Pointer(&r)))
	if errno != 0 {
		return errno
	}
	return nil
}

// value asks for one number; 0 if the driver does not say.
func value(fd int, name string, command uint32) uint32 {
	v := ethtoolValue{cmd: command}
	if ethtool(fd, name, unsafe.Pointer(&v)) != nil {
		return 0
	}
	return v.value
}

// channels says how many queues an interface has and may have; zero if the driver
// does not say.
func channels(fd int, name string) (c ethtoolChannels) {
	c.cmd = unix.ETHTOOL_GCHANNELS
	if ethtool(fd, name, unsafe.Pointer(&c)) != nil {
		return ethtoolChannels{}
	}
	return c
}
