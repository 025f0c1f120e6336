package appliance

import (
	"fmt"
	"math"

	"vxwall/appliance/link/nfqueue"
)

// NFQueueConfig is the [nfqueue] table: the queues of the kernel in nfqueue mode.
type NFQueueConfig struct {
	Queue  int    `toml:"queue"`
	Count  int    `toml:"count"`
	Buffer int    `toml:"buffer"`
	Rules  string `toml:"rules"`
	Mark   int64  `toml:"mark"`
}

func defaultNFQueue() NFQueueConfig {
	c := nfqueue.DefaultConfig()
	return NFQueueConfig{Queue: int(c.Queue), Count: c.Count, Buffer: c.Buffer, Rules: "install", Mark: int64(c.Mark)}
}

// ruleActions are what nfqueue.rules may be.
var ruleActions = []string{"install", "none"}

// checkNFQueue checks what numbers and choices do not.
func (c *Config) checkNFQueue() (errs []KeyError) {
	q := &c.NFQueue
	if q.Count > 0 && q.Queue >= 0 && q.Queue < 1<<16 && q.Queue+q.Count > 1<<16 {
		errs = append(errs, KeyError{"nfqueue.count", fmt.Sprintf("%d queues from number %d end beyond 65535", q.Count, q.Queue)})
	}
	if q.Mark < 1 || q.Mark > math.MaxUint32 {
		errs = append(errs, KeyError{"nfqueue.mark", fmt.Sprintf("%d is not within 0x1 to 0xffffffff", q.Mark)})
	}
	return errs
}

// nfqueueMode is the mode of the datapath that takes no ports.
const nfqueueMode = "nfqueue"

// checkRunNFQueue returns what keeps nfqueue mode from being run.
func (c *Config) checkRunNFQueue() (errs []KeyError) {
	if len(c.VNI) > 0 {
		errs = append(errs, KeyError{"vni", "nfqueue mode has one on_death for all VXLAN networks: the kernel's rules do not tell them apart"})
	}
	if len(c.Datapath.Ports) > 0 {
		errs = append(errs, KeyError{"datapath.ports", "nfqueue mode takes packets from the kernel, whatever ports they use (expected none)"})
	}
	return errs
}

// Queues returns the configuration of the link in nfqueue mode. The configuration passed
// Check.
func (c *Config) Queues() nfqueue.Config {
	q, d := &c.NFQueue, &c.Datapath
	cfg := nfqueue.DefaultConfig()
	cfg.Queue, cfg.Count, cfg.Buffer, cfg.Mark = uint16(q.Queue), q.Count, q.Buffer, uint32(q.Mark)
	cfg.VXLANPorts, cfg.Rules = d.VXLANPorts, q.Rules == "install"
	cfg.OnDeath, cfg.Overload = queueFallbacks[d.OnDeath], queueFallbacks[d.Overload]
	return cfg
}

var queueFallbacks = map[string]nfqueue.Fallback{"drop": nfqueue.Drop, "relay": nfqueue.Relay}
