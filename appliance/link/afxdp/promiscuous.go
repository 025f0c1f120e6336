package afxdp

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// promiscuous makes the ports of a wire and of a tap take frames whatever their MAC address, as long as the
// link is open. The kernel counts who asks for that, and takes the count of a packet socket back when the
// socket goes, be it by the death of the process: what the operator has set stays as it was. Frames for a VTEP
// have its address.
func (l *Link) promiscuous() error {
	if len(l.cfg.Own) > 0 {
		return nil
	}
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0) // of no protocol: it receives nothing
	if err != nil {
		return fmt.Errorf("make ports promiscuous: %w", err)
	}
	for port := range l.cfg.ports() {
		p := &l.ports[port]
		member := unix.PacketMreq{Ifindex: int32(p.Index), Type: unix.PACKET_MR_PROMISC}
		if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, &member); err != nil {
			return errors.Join(fmt.Errorf("make port %s promiscuous: %w", p.Name, err), unix.Close(fd))
		}
	}
	l.member, l.joined = fd, true
	return nil
}

// leave takes back what promiscuous did.
func (l *Link) leave() error {
	if !l.joined {
		return nil
	}
	l.joined = false
	return unix.Close(l.member)
}
