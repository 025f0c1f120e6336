package flow

import "time"

// Timeouts say how long a flow may be silent before it ends.
type Timeouts struct {
	TCPNew         time.Duration // SYN seen, handshake not done
	TCPEstablished time.Duration
	TCPClosing     time.Duration // one FIN seen
	TCPClosed      time.Duration // both FINs or a reset seen
	UDPNew         time.Duration // no answer yet
	UDPEstablished time.Duration
	ICMP           time.Duration
	OtherNew       time.Duration // other protocols, no answer yet
	Other          time.Duration
	Denied         time.Duration // how long a denial is remembered
}

// DefaultTimeouts follow Linux conntrack where it is not far beyond what
// traffic between workloads needs (five days for an idle TCP connection).
var DefaultTimeouts = Timeouts{
	TCPNew:         60 * time.Second,
	TCPEstablished: 2 * time.Hour,
	TCPClosing:     120 * time.Second,
	TCPClosed:      10 * time.Second,
	UDPNew:         30 * time.Second,
	UDPEstablished: 180 * time.Second,
	ICMP:           30 * time.Second,
	OtherNew:       30 * time.Second,
	Other:          600 * time.Second,
	Denied:         30 * time.Second,
}

// Config of a Table.
type Config struct {
	Capacity int      // flows at the same time, 1 to MaxCapacity
	Timeouts Timeouts // each positive
	Seed     Seed     // random

	// Midstream: join TCP connections whose start was not seen. PickupUntil
	// does so up to a point in time, the grace period after a start.
	Midstream   bool
	PickupUntil int64

	// Passive: the packets are copies, of which some may be missing, late, twice, or
	// of one direction only. See passive.go. It asks for Midstream.
	Passive bool
}

// MaxCapacity is the largest Config.Capacity: 16 million flows, 4 GiB.
const MaxCapacity = 1 << 24

// timeout returns how long r may be silent in its present state.
func (t *Timeouts) timeout(r *Record) time.Duration {
	if r.Flags&Denied != 0 {
		return t.Denied
	}
	switch r.Key.Proto {
	case protoTCP:
		return t.tcp(r.State)
	case protoUDP:
		return pick(r.State == New, t.UDPNew, t.UDPEstablished)
	case protoICMP, protoICMPv6:
		return t.ICMP
	}
	return pick(r.State == New, t.OtherNew, t.Other)
}

func (t *Timeouts) tcp(s State) time.Duration {
	switch s {
	case New, Answered:
		return t.TCPNew
	case Established:
		return t.TCPEstablished
	case Closing:
		return t.TCPClosing
	}
	return t.TCPClosed
}

func pick(first bool, a, b time.Duration) time.Duration {
	if first {
		return a
	}
	return b
}
