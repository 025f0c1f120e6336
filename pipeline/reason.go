package pipeline

// Reason says why a packet was dropped, or passed without inspection. It is a
// closed set: log field, metric label, explanation and test expectation are
// this same word.
type Reason uint8

// The reasons, in the order of the packet's life.
const (
	OK Reason = iota // no reason to drop

	NotVXLAN      // no VXLAN for one of our ports
	OuterShort    // frame ends inside its outer headers
	OuterBadIP    // outer IP header: version or lengths contradict each other
	OuterFragment // outer IP fragment: VTEPs must not fragment (RFC 7348 section 4.3)
	OuterBadUDP   // outer UDP length contradicts the IP length
	OuterChecksum // outer UDP checksum 0 over IPv6 where that is not accepted
	VXLANShort    // no room for a VXLAN header
	VXLANNoVNI    // I bit not set
	VXLANReserved // reserved bits set, where that is refused
	NotForUs      // VXLAN to another VTEP
	UnknownVNI    // VNI of no network

	InnerShort      // inner frame ends inside its headers
	InnerBadIP      // inner IP header: version or lengths contradict each other
	InnerTruncated  // inner IP packet longer than the frame
	InnerExtension  // IPv6 extension headers malformed, or source routing
	ExtensionLimit  // more IPv6 extension headers than the limit
	InnerTransport  // TCP, UDP, SCTP or ICMP header malformed
	InnerChecksum   // inner checksum wrong, where that is refused
	InnerVLAN       // inner VLAN tag, where those are refused
	NestedTunnel    // a tunnel inside the tunnel, where those are not inspected
	NestedDepth     // nested deeper than the limit
	NestedMalformed // header of a nested tunnel malformed

	OwnPacket     // a packet of our own came back
	VTEPUnknown   // from or to a VTEP that is not allowed, or that is not known
	VTEPWrongVNI  // from or to a VTEP that is not allowed for its VNI
	VTEPBothPorts // from a VTEP that is known at the other port
	MACMoved      // inner MAC address bound to another VTEP
	AddressMoved  // inner IP address bound to another MAC address

	FragmentBad       // offset and length of an inner fragment impossible
	FragmentOverlap   // inner fragments overlap
	FragmentDuplicate // the same inner fragment again
	FragmentTimeout   // the rest of the inner datagram did not come
	FragmentLimit     // no room to wait for the rest of the inner datagram

	NoPolicy        // no policy in force yet
	FlowTableFull   // no room for a new flow, and no unanswered one to evict
	TCPFlags        // flags that no TCP sender combines
	NoConnection    // belongs to no connection or query
	TCPReset        // reset outside the window
	StreamInvalid   // belongs to no place in its TCP stream, or not to its time
	StreamLimit     // no room to put its TCP stream together
	StreamRewrite   // differs from what was sent before, and cannot be made the same
	ControlDenied   // ARP, ND, DHCP, broadcast, multicast … denied by [control]
	SegmentDenied   // denied by an ACL rule or the policy's default
	SegmentRejected // the same, and answered

	Signature         // dropped by a signature, itself or its whole flow
	SignatureRejected // the same, and answered

	FileInfected   // carries a file in which anti-virus found something, or what follows it
	FileSuspicious // the same, by a heuristic
	FileEncrypted  // carries a file that cannot be looked into
	FileOverLimit  // carries a file that reaches a limit of the scanner
	FileError      // carries a file that the scanner could not judge
	FilePart       // carries a part of a file of which another part was not seen
	FileHeld       // comes while the end of a file is held
	HoldLimit      // no room to hold it until its verdict is there
	HoldTimeout    // its verdict did not come in time

	UnknownMAC   // nobody knows where the receiver is
	Unreachable  // the receiver's VTEP has no next hop, or no VNI for the network
	Returning    // would go back to the VTEP that it came from
	SplitHorizon // would go to another VTEP of the group that it came from
	NoReceiver   // to be flooded, but to nobody
	TooBig       // does not fit the path to the receiver's VTEP
	NoHeadroom   // no room in front of the frame for a longer outer header
	CopyLimit    // more copies of flooded packets than fit a batch
	Congestion   // met congestion in the underlay, and cannot say so

	Overload      // more packets than the workers can judge
	ApplianceDown // no process, or a hung one, behind the XDP program

	reasons // number of reasons
)

// Reasons is the number of reasons; each is below it.
const Reasons = int(reasons)

var reasonNames = [...]string{
	OK:                "ok",
	NotVXLAN:          "not-vxlan",
	OuterShort:        "outer-short",
	OuterBadIP:        "outer-bad-ip",
	OuterFragment:     "outer-fragment",
	OuterBadUDP:       "outer-bad-udp",
	OuterChecksum:     "outer-no-checksum",
	VXLANShort:        "vxlan-short",
	VXLANNoVNI:        "vxlan-no-vni",
	VXLANReserved:     "vxlan-reserved-bits",
	NotForUs:          "not-for-us",
	UnknownVNI:        "unknown-vni",
	InnerShort:        "inner-short",
	InnerBadIP:        "inner-bad-ip",
	InnerTruncated:    "inner-truncated",
	InnerExtension:    "inner-bad-extension",
	ExtensionLimit:    "extension-limit",
	InnerTransport:    "inner-bad-transport",
	InnerChecksum:     "inner-bad-checksum",
	InnerVLAN:         "inner-vlan",
	NestedTunnel:      "nested-tunnel",
	NestedDepth:       "nested-depth",
	NestedMalformed:   "nested-malformed",
	OwnPacket:         "own-packet",
	VTEPUnknown:       "vtep-unknown",
	VTEPWrongVNI:      "vtep-wrong-vni",
	VTEPBothPorts:     "vtep-both-ports",
	MACMoved:          "mac-moved",
	AddressMoved:      "address-moved",
	FragmentBad:       "fragment-bad",
	FragmentOverlap:   "fragment-overlap",
	FragmentDuplicate: "fragment-duplicate",
	FragmentTimeout:   "fragment-timeout",
	FragmentLimit:     "fragment-limit",
	NoPolicy:          "no-policy",
	FlowTableFull:     "flow-table-full",
	TCPFlags:          "tcp-bad-flags",
	NoConnection:      "no-connection",
	TCPReset:          "tcp-bad-reset",
	StreamInvalid:     "stream-invalid",
	StreamLimit:       "stream-limit",
	StreamRewrite:     "stream-rewrite",
	ControlDenied:     "control-denied",
	SegmentDenied:     "segment-denied",
	SegmentRejected:   "segment-rejected",
	Signature:         "signature",
	SignatureRejected: "signature-rejected",
	FileInfected:      "file-infected",
	FileSuspicious:    "file-suspicious",
	FileEncrypted:     "file-encrypted",
	FileOverLimit:     "file-over-limit",
	FileError:         "file-error",
	FilePart:          "file-part",
	FileHeld:          "file-held",
	HoldLimit:         "hold-limit",
	HoldTimeout:       "hold-timeout",
	UnknownMAC:        "unknown-mac",
	Unreachable:       "vtep-unreachable",
	Returning:         "returning",
	SplitHorizon:      "split-horizon",
	NoReceiver:        "no-receiver",
	TooBig:            "too-big",
	NoHeadroom:        "no-headroom",
	CopyLimit:         "copy-limit",
	Congestion:        "congestion",
	Overload:          "overload",
	ApplianceDown:     "appliance-down",
}

// String is the reason's name.
func (r Reason) String() string { return reasonNames[r] }

// Anomaly says whether the reason means a malformed or refused packet rather
// than a decision of the policy.
func (r Reason) Anomaly() bool { return r != OK && r != NotVXLAN && r != NotForUs && r < ControlDenied }
