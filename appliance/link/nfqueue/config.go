package nfqueue

import (
	"fmt"
	"time"
)

// Config of a Link. The packets are those of the network namespace of the thread that
// calls Open.
type Config struct {
	Queue       uint16        // number of the first queue
	Count       int           // queues, one for each worker, 1 to MaxQueues
	Buffer      int           // bytes of packets that may wait in each queue, MinBuffer to MaxBuffer
	Mark        uint32        // of packets that vxwall sends itself, which are not queued again; not 0
	VXLANPorts  []uint16      // UDP ports that mean VXLAN
	OnDeath     Fallback      // packets while no process listens
	Overload    Fallback      // packets for which there is no room
	Rules       bool          // install rules that queue VXLAN
	PollTimeout time.Duration // how long Recv waits for a packet
	BusyPoll    time.Duration // how long of that it does not sleep
}

// Fallback is what the kernel does with packets that nobody judges. The zero value
// is the safe one.
type Fallback uint8

// The fallbacks.
const (
	Drop  Fallback = iota
	Relay          // let them pass, uninspected
)

// Limits of a Config.
const (
	MaxQueues = 64
	MinBuffer = 1 << 18
	MaxBuffer = 1 << 30
)

// DefaultConfig returns a configuration that queues VXLAN on its usual port.
func DefaultConfig() Config {
	return Config{
		Queue: 4789, Count: 1, Buffer: 8 << 20, Mark: 0x7678776c, VXLANPorts: []uint16{4789},
		OnDeath: Relay, Overload: Drop, Rules: true,
		PollTimeout: 20 * time.Millisecond, BusyPoll: 20 * time.Microsecond,
	}
}

func (c *Config) check() error {
	switch {
	case c.Count < 1 || c.Count > MaxQueues || int(c.Queue)+c.Count > 1<<16:
		return &ConfigError{"queues", fmt.Sprintf("%d from number %d", c.Count, c.Queue), fmt.Sprintf("want 1 to %d, none above 65535", MaxQueues)}
	case c.Buffer < MinBuffer || c.Buffer > MaxBuffer:
		return &ConfigError{"queues", fmt.Sprintf("a buffer of %d bytes", c.Buffer), fmt.Sprintf("want %d to %d", MinBuffer, MaxBuffer)}
	case c.Mark == 0:
		return &ConfigError{"queues", "mark 0 is that of all packets", "want another"}
	}
	return nil
}

// ConfigError is what Open cannot work with: which, why, and what mends it.
type ConfigError struct{ What, Why, Fix string }

// Error says all of it in one line.
func (e *ConfigError) Error() string { return fmt.Sprintf("open %s: %s; %s", e.What, e.Why, e.Fix) }
