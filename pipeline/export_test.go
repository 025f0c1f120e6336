package pipeline

// ReasonNames is the length of the table of names.
func ReasonNames() int { return len(reasonNames) }

// Offsets are those of a packet, for tests of what Decap sets.
type Offsets struct {
	VXLAN, Inner, L3, L4, Payload, End int

	IsIP, L2, Fragment bool
}

// Decap is decap of a frame by itself.
func Decap(frame []byte, link LinkType, c *Config) (Offsets, Reason) {
	var p Packet
	p.reset(frame, 1, 1, link)
	reason := p.decap(c)
	return Offsets{
		VXLAN: int(p.vxlan), Inner: int(p.inner), L3: int(p.l3), L4: int(p.l4), Payload: int(p.payload), End: int(p.end),
		IsIP: p.IsIP(), L2: p.has(flagL2), Fragment: p.has(flagFragment),
	}, reason
}
