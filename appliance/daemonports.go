package appliance

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp"
)

// portWatch looks at the ports of a link while it is in use, in the network
// namespace that it was made in.
type portWatch struct {
	*netlink.Handle
	ports [2]afxdp.PortStatus
}

func watchPorts(ports [2]afxdp.PortStatus) (*portWatch, error) {
	handle, err := netlink.NewHandle(unix.NETLINK_ROUTE)
	if err != nil {
		return nil, fmt.Errorf("look at ports: %w", err)
	}
	return &portWatch{handle, ports}, nil
}

// check lists ports that let nothing pass just now. The error is for what does not
// mend itself: a port, or the program on it, is gone.
func (w *portWatch) check() (trouble []string, err error) {
	for i := range w.ports {
		if w.ports[i].Name == "" { // of a link of one port
			continue
		}
		text, gone := w.look(&w.ports[i])
		if text != "" {
			trouble = append(trouble, text)
		}
		err = errors.Join(err, gone)
	}
	return trouble, err
}

func (w *portWatch) look(p *afxdp.PortStatus) (trouble string, gone error) {
	dev, err := w.LinkByIndex(p.Index)
	if errors.As(err, new(netlink.LinkNotFoundError)) {
		return "", fmt.Errorf("port %s is gone", p.Name)
	}
	if err != nil {
		return fmt.Sprintf("port %s cannot be looked at: %v", p.Name, err), nil
	}
	attrs := dev.Attrs()
	switch {
	case !hasProgram(dev):
		return "", fmt.Errorf("somebody took the XDP program off port %s", p.Name)
	case attrs.Flags&net.FlagUp == 0:
		return fmt.Sprintf("port %s is down: nothing passes (ip link set dev %s up)", p.Name, attrs.Name), nil
	case attrs.Flags&net.FlagRunning == 0:
		return fmt.Sprintf("port %s has no carrier: nothing passes", p.Name), nil
	}
	return "", nil
}

// hasProgram says whether an XDP program is on a device.
func hasProgram(dev netlink.Link) bool {
	xdp := dev.Attrs().Xdp
	return xdp != nil && xdp.Attached
}
