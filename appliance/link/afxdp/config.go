package afxdp

import (
	"fmt"
	"net/netip"
	"strings"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/overlay"
)

// Mode is how a port's XDP program runs.
type Mode uint8

// The modes.
const (
	Auto    Mode = iota // native if the driver has it, else generic
	Native              // in the driver, before the kernel makes an skb of the frame
	Generic             // in the kernel's receive path: any device, but slow
)

var modeNames = [...]string{"auto", "native", "generic"}

// String is the mode's name in the configuration.
func (m Mode) String() string { return modeNames[m] }

// Fallback is what the XDP program does with VXLAN that it cannot hand over to
// the process. The zero value is the safe one.
type Fallback uint8

// The fallbacks.
const (
	Drop  Fallback = iota
	Relay          // send it out of the other port, uninspected and counted
)

var fallbackNames = [...]string{"drop", "relay"}

// String is the fallback's name in the configuration.
func (f Fallback) String() string { return fallbackNames[f] }

// Config of a Link. The network interfaces are those of the network namespace of the
// thread that calls Open.
type Config struct {
	Ports       [2]string           // network interfaces; what comes in at one of a wire leaves at the other. A VTEP may have one, and "" then
	Own         []netip.Addr        // addresses of a VTEP, at most MaxOwn: only VXLAN to them is taken. None for a wire
	Overlay     *overlay.Overlay    // of a VTEP: both directions of a flow may come with different VNIs, but go to one worker
	Tap         bool                // frames are copies: nothing is ever sent. There may be one port, and "" then
	Mirror      *pipeline.Mirror    // of a tap: what is around the frames that were mirrored; nil for nothing
	XDP         Mode                //
	Workers     int                 // 0 = one for each receive queue of the port that has more
	VXLANPorts  []uint16            // UDP ports that mean VXLAN, 1 to MaxVXLANPorts
	NotVXLAN    Fallback            // what is not VXLAN: routing protocols, ARP, LLDP of the underlay
	OnDeath     Fallback            // VXLAN while no process, or a hung one, is behind the program
	OnDeathVNI  map[uint32]Fallback // instead, for some VNIs; at most MaxVNIs
	Overload    Fallback            // VXLAN while the process cannot keep up
	Heartbeat   time.Duration       // a worker silent for longer is dead
	Offload     int                 // flow directions that the kernel may handle by itself, 0 for none
	Ring        int                 // frames in each ring, a power of two
	Frames      int                 // frames in the UMEM, 0 for what the rings need
	Pin         string              // directory on a bpf file system, where the links outlive the process; "" for nowhere
	PollTimeout time.Duration       // how long Recv waits for a frame
}

// Limits of a Config.
const (
	MaxVXLANPorts = 8
	MaxVNIs       = 4096
	MaxQueues     = 64 // of a port
	MaxOwn        = 8
)

// DefaultConfig returns a configuration without ports.
func DefaultConfig() Config {
	return Config{
		VXLANPorts: []uint16{4789}, NotVXLAN: Relay, OnDeath: Relay, Overload: Drop,
		Heartbeat: 200 * time.Millisecond, Offload: 1 << 17, Ring: 2048,
		Pin: "/sys/fs/bpf/vxwall", PollTimeout: 20 * time.Millisecond,
	}
}

// ports are the names of the ports, one or two.
func (c *Config) ports() []string {
	if c.Ports[1] == "" {
		return c.Ports[:1]
	}
	return c.Ports[:]
}

// ConfigError is a value that Open cannot work with: which, why, and the
// command or key that mends it. A command stands at the end of Fix, behind "run: ".
type ConfigError struct{ What, Why, Fix string }

// Command is the command that mends it, "" if it takes more than one.
func (e *ConfigError) Command() string {
	_, command, _ := strings.Cut(e.Fix, "run: ")
	return command
}

// Error says all of it in one line.
func (e *ConfigError) Error() string { return fmt.Sprintf("open %s: %s; %s", e.What, e.Why, e.Fix) }
