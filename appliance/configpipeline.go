package appliance

import (
	"crypto/rand"
	"encoding/binary"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Pipeline returns the pipeline's configuration, with a random seed, for one
// that starts at a time: from there pickup_grace runs. The zero time has none.
// The configuration passed Check.
func (c *Config) Pipeline(start time.Time) pipeline.Config {
	d, f := &c.Decap, &c.Flows
	var pickupUntil int64
	if !start.IsZero() {
		pickupUntil = start.Add(f.PickupGrace).UnixNano()
	}
	p := pipeline.Config{
		Ports:             c.Datapath.VXLANPorts,
		PassNotVXLAN:      d.NotVXLAN == "pass",
		PassOuterFragment: d.OuterFragments == "pass",
		AcceptReserved:    d.ReservedBits == "ignore",
		AcceptNoChecksum6: d.NoChecksum6 == "accept",
		IgnoreChecksums:   d.InnerChecksums == "ignore",
		VLAN:              vlanActions[d.InnerVLAN],
		Nested:            nestedActions[d.Nested],
		NestedDepth:       d.NestedDepth,
		ExtensionLimit:    d.ExtensionHeaders,
		Fragments: pipeline.FragmentConfig{
			Memory: c.Fragments.Memory, Datagrams: c.Fragments.Datagrams, PerPacket: c.Fragments.Pieces, Timeout: c.Fragments.Timeout,
		},
		Flow: flow.Config{
			Capacity: f.Capacity, Midstream: f.Midstream == "pickup", PickupUntil: pickupUntil, Seed: randomSeed(),
			Timeouts: flow.Timeouts{
				TCPNew: f.TCPNew, TCPEstablished: f.TCPEstablished, TCPClosing: f.TCPClosing, TCPClosed: f.TCPClosed,
				UDPNew: f.UDPNew, UDPEstablished: f.UDPEstablished, ICMP: f.ICMP,
				OtherNew: f.OtherNew, Other: f.Other, Denied: f.Denied,
			},
		},
		Hold:       pipeline.Default().Hold,
		AnswerRate: c.Answers.Rate,
	}
	if c.taps() {
		c.passive(&p)
	}
	return p
}

// share returns what one of several workers gets of what is configured for all,
// so that more workers take no more memory.
func (c *Config) share(workers int) *Config {
	of := func(n int) int { return (n + workers - 1) / workers }
	one := *c
	one.Flows.Capacity = of(c.Flows.Capacity)
	one.Fragments.Memory = max(of(c.Fragments.Memory), minFragmentMemory)
	one.Fragments.Datagrams = of(c.Fragments.Datagrams)
	one.Answers.Rate = of(c.Answers.Rate)
	return &one
}

// minFragmentMemory holds the largest datagram.
const minFragmentMemory = 1 << 17

// randomSeed returns bits that whoever sends packets cannot guess.
func randomSeed() (s flow.Seed) {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return flow.Seed{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}
}
