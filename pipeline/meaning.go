package pipeline

// meanings say in a sentence what a reason means: for people who read it in a
// log at night.
var meanings = [...]string{
	OK:                "nothing speaks against the packet",
	NotVXLAN:          "not a VXLAN packet for one of the configured UDP ports",
	OuterShort:        "the frame ends inside its outer headers",
	OuterBadIP:        "version or lengths of the outer IP header contradict each other",
	OuterFragment:     "the outer packet is an IP fragment, which VTEPs must not send: check the MTU of the underlay",
	OuterBadUDP:       "the outer UDP length contradicts the IP length",
	OuterChecksum:     "the outer UDP checksum is absent, which is not accepted over IPv6 here",
	VXLANShort:        "there is no room for a VXLAN header",
	VXLANNoVNI:        "the VXLAN header has no valid VNI (I bit not set)",
	VXLANReserved:     "reserved bits of the VXLAN header are set, which is refused here",
	InnerShort:        "the inner frame ends inside its headers",
	InnerBadIP:        "version or lengths of the inner IP header contradict each other",
	InnerTruncated:    "the inner IP packet is longer than the frame that carries it",
	InnerExtension:    "the inner IPv6 extension headers are malformed, or options or headers ask for source routing",
	ExtensionLimit:    "the inner packet has more IPv6 extension headers than the limit",
	InnerTransport:    "the inner TCP, UDP, SCTP or ICMP header is malformed",
	InnerChecksum:     "an inner checksum is wrong, which is refused here",
	InnerVLAN:         "the inner frame has a VLAN tag, which is refused here",
	NestedTunnel:      "the inner packet is a tunnel itself; what it carries is not inspected",
	NestedDepth:       "tunnels are nested deeper than the limit",
	NestedMalformed:   "the header of the nested tunnel is malformed",
	FragmentBad:       "offset or length of the inner fragment is impossible",
	FragmentOverlap:   "inner fragments overlap: receivers disagree about which bytes win",
	FragmentDuplicate: "the same inner fragment came again",
	FragmentTimeout:   "the rest of the inner datagram did not come in time",
	FragmentLimit:     "there is no room to wait for the rest of the inner datagram, or it has too many pieces",
	NoPolicy:          "no policy is in force yet",
	FlowTableFull:     "there is no room for a new flow",
	TCPFlags:          "no TCP sender combines flags so",
	NoConnection:      "the packet belongs to no connection, query or flow",
	TCPReset:          "the reset lies outside the connection's window",
	ControlDenied:     "[control] denies this kind of traffic",
	SegmentDenied:     "a rule, or the policy's default, denies the flow",
	SegmentRejected:   "a rule, or the policy's default, rejects the flow",
	Overload:          "more packets came than the workers can judge, see overload under [datapath]",
	ApplianceDown:     "the appliance did not run, or hung, see on_death under [datapath]",
}

// Meaning is a sentence about the reason, without a full stop.
func (r Reason) Meaning() string { return meanings[r] }
