package afxdp

import (
	"errors"
	"fmt"
	"net"

	"github.com/vishvananda/netlink"
	"golang.org/x/sys/unix"
)

// PortFacts is what there is to know of a port without opening it, for those who
// look for what is wrong. Nothing about the port is changed.
type PortFacts struct {
	PortStatus // without Mode and ZeroCopy
	Kind       string
	Ethernet   bool // it carries Ethernet frames
	Up         bool
	Carrier    bool
	Channels   Channels
	Offloads   Offloads
	XDP        Features
	Program    uint32 // XDP program on the port, 0 for none
	Running    Mode   // in which mode it runs, Auto if there is none
	Ours       bool   // it is pinned where ours is

	Problems []*ConfigError // for each of which Open refuses
}

// Channels are the queues of a port, in use and at most. All are zero if the
// driver does not say.
type Channels struct{ Rx, Tx, Combined, MaxRx, MaxTx, MaxCombined int }

// Offloads are those that matter to who sees frames early: what happens to them
// before, and what a sender leaves for hardware to do.
type Offloads struct{ GRO, LRO, RxVLAN, TxChecksum, TSO, GSO bool }

// ethtool flags and commands beside those of x/sys/unix (linux/ethtool.h).
const flagRxVLAN = 1 << 8

// Examine looks at a port of the caller's network namespace. pin is where ours
// would be pinned.
func Examine(name, pin string) (f PortFacts, err error) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return f, fmt.Errorf("look at port %s: %w", name, err)
	}
	defer unix.Close(fd)
	if f.PortStatus, f.Up, err = lookAt(fd, name); err != nil {
		return f, err
	}
	link, err := netlink.LinkByIndex(f.Index)
	if err != nil {
		return f, fmt.Errorf("look at port %s: %w", name, err)
	}
	attrs := link.Attrs()
	f.Kind, f.Ethernet, f.Carrier = link.Type(), attrs.EncapType == "ether", attrs.Flags&net.FlagRunning != 0
	f.Channels, f.Offloads = channels(fd, name).public(), OffloadsOf(fd, name)
	f.XDP, _ = FeaturesOf(f.Index)
	if xdp := attrs.Xdp; xdp != nil && xdp.Attached {
		f.Program, f.Running = xdp.ProgId, attachedMode(xdp)
		_, l, err := owner(pin, xdp.ProgId)
		if f.Ours = err == nil && l != nil; f.Ours {
			err = l.Close()
		}
		if err != nil && !errors.Is(err, unix.EPERM) {
			return f, err
		}
	}
	f.Problems = f.problems(fd, f.Up)
	if f.Program != 0 && !f.Ours {
		f.Problems = append(f.Problems, foreign(name, f.Program).(*ConfigError))
	}
	return f, nil
}

// OffloadsOf asks for the offloads of an interface. fd is any socket of its network
// namespace.
func OffloadsOf(fd int, name string) Offloads {
	flags := value(fd, name, unix.ETHTOOL_GFLAGS)
	return Offloads{
		GRO: value(fd, name, unix.ETHTOOL_GGRO) != 0, LRO: flags&flagLRO != 0, RxVLAN: flags&flagRxVLAN != 0,
		TxChecksum: value(fd, name, unix.ETHTOOL_GTXCSUM) != 0, TSO: value(fd, name, unix.ETHTOOL_GTSO) != 0,
		GSO: value(fd, name, unix.ETHTOOL_GGSO) != 0,
	}
}

// ChannelsOf is the same for its queues.
func ChannelsOf(fd int, name string) Channels { return channels(fd, name).public() }

// MTUProblem is what speaks against two ports as the ends of a wire, nil if nothing.
func MTUProblem(a, b *PortFacts) *ConfigError { return unequal(&a.PortStatus, &b.PortStatus) }

// CheckPin checks that links can be pinned below a directory.
func CheckPin(dir string) error { return onBPF(dir) }

// Memory is how many bytes of frames a link between ports has.
func (c *Config) Memory(ports []PortFacts) int {
	l := Link{cfg: *c}
	mtu := 0
	for i := range min(len(ports), len(l.ports)) {
		l.ports[i] = ports[i].PortStatus
		mtu = max(mtu, ports[i].MTU)
	}
	n, _ := l.frames()
	return n * frameSize(mtu)
}

func (c ethtoolChannels) public() Channels {
	return Channels{
		Rx: int(c.rx), Tx: int(c.tx), Combined: int(c.combined),
		MaxRx: int(c.maxRx), MaxTx: int(c.maxTx), MaxCombined: int(c.maxCombined),
	}
}

// Receive is the number of receive queues in use.
func (c Channels) Receive() int { return c.Rx + c.Combined }

// MostReceive is how many there may be.
func (c Channels) MostReceive() int { return max(c.MaxCombined, c.MaxRx) }

// Command sets the number of receive queues of an interface.
func (c Channels) Command(name string, n int) string {
	kind := "combined"
	if c.MaxCombined == 0 && c.MaxRx > 0 {
		kind = "rx"
	}
	return fmt.Sprintf("ethtool -L %s %s %d", name, kind, n)
}

func (c ethtoolChannels) receive() int { return c.public().Receive() }

func (c ethtoolChannels) command(name string, n int) string { return c.public().Command(name, n) }
