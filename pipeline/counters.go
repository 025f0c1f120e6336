package pipeline

import (
	"sync"

	"vxwall/pipeline/flow"
)

// Tally counts packets and the bytes of their frames.
type Tally struct{ Packets, Bytes uint64 }

func (t *Tally) add(p *Packet) {
	t.Packets++
	t.Bytes += uint64(len(p.buf))
}

// Counters are what one worker counted since it was made. At any time
//
//	Received = Forwarded + all of Dropped + Held
type Counters struct {
	Received  Tally
	Forwarded Tally
	Dropped   [MaxStages][Reasons]Tally // by deciding stage
	Held      uint64                    // fragments, and frames that wait for a verdict from elsewhere, at present

	// Monitored are those of Forwarded that only monitor mode let pass.
	Monitored [MaxStages][Reasons]Tally
	// Uninspected are those of Forwarded that no stage, or not every stage,
	// looked into, by reason.
	Uninspected [Reasons]Tally

	// Suspected are packets that the guard would drop if it enforced: most of
	// them are Forwarded.
	Suspected [Reasons]Tally

	Reserved    uint64 // reserved bits of the VXLAN header set
	Nested      uint64 // tunnels inside the tunnel
	Reassembled uint64 // datagrams put together
	Unwrapped   uint64 // copies that came in a mirror's VXLAN
	Truncated   uint64 // copies that are shorter than their headers say
	Duplicates  uint64 // copies of a packet that came already
	// Copies are frames sent beside those of Forwarded, because a packet went to
	// several peers; CopiesDropped are those that could not be, by reason.
	Copies        Tally
	CopiesDropped [Reasons]uint64

	Clamped        uint64 // TCP SYN whose maximum segment size was lowered
	Answers        uint64 // resets and ICMP errors made
	AnswersSkipped uint64 // not made: rate limit

	Flows flow.Stats
}

// TotalDropped sums Dropped.
func (c *Counters) TotalDropped() (t Tally) {
	for stage := range c.Dropped {
		for reason := range c.Dropped[stage] {
			t.Packets += c.Dropped[stage][reason].Packets
			t.Bytes += c.Dropped[stage][reason].Bytes
		}
	}
	return t
}

// published is a copy of a worker's counters for other goroutines.
type published struct {
	mu   sync.Mutex
	copy Counters
}

// offer updates the copy, unless a reader has it just now: a worker never
// waits.
func (p *published) offer(c *Counters) {
	if p.mu.TryLock() {
		p.copy = *c
		p.mu.Unlock()
	}
}

// store updates the copy.
func (p *published) store(c *Counters) {
	p.mu.Lock()
	p.copy = *c
	p.mu.Unlock()
}

func (p *published) load() Counters {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.copy
}
