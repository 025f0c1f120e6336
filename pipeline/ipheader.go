package pipeline

import "vxwall/pipeline/wire"

// ipHeader is what an IP header and the extension headers behind it say. One
// type for IPv4 and IPv6, outer, inner and nested.
type ipHeader struct {
	v6         bool
	fragmented bool
	more       bool   // more fragments follow
	proto      uint8  // of what follows the headers
	offset     int    // of the fragment, in bytes
	id         uint32 // of the datagram, valid iff fragmented
	len        int    // of the headers, in bytes; of a fragment: up to its data
	total      int    // of headers and payload, as the header claims
}

// parse reads the header at the start of b. It checks that the headers lie
// inside b and inside the packet; whether the payload does is the caller's
// question (total). Reasons are those of an inner header.
func (h *ipHeader) parse(b []byte, etherType uint16, limit int) Reason {
	if etherType == wire.TypeIPv6 {
		return h.parse6(b, limit)
	}
	return h.parse4(b)
}

func (h *ipHeader) parse4(b []byte) Reason {
	if len(b) < wire.IPv4MinLen {
		return InnerShort
	}
	ip := wire.IPv4(b)
	h.len, h.total, h.proto = ip.HeaderLen(), ip.TotalLen(), ip.Proto()
	if ip.Version() != 4 || h.len < wire.IPv4MinLen || h.total < h.len {
		return InnerBadIP
	}
	if h.len > len(b) {
		return InnerShort
	}
	if sourceRouted(b[wire.IPv4MinLen:h.len]) {
		return InnerExtension
	}
	h.offset, h.more = ip.Fragment()
	h.fragmented = h.offset > 0 || h.more
	h.id = uint32(ip.ID())
	return OK
}

// IPv4 options (RFC 791 section 3.1).
const (
	optionEnd         = 0
	optionNop         = 1
	optionLooseRoute  = 131
	optionStrictRoute = 137
)

// sourceRouted says whether IPv4 options ask for a route: then the packet goes
// elsewhere than its destination address says. Options that make no sense end
// the search, as they do for hosts.
func sourceRouted(options []byte) bool {
	for len(options) > 0 {
		switch options[0] {
		case optionEnd:
			return false
		case optionNop:
			options = options[1:]
			continue
		case optionLooseRoute, optionStrictRoute:
			return true
		}
		if len(options) < 2 || options[1] < 2 || int(options[1]) > len(options) {
			return false
		}
		options = options[options[1]:]
	}
	return false
}

func (h *ipHeader) parse6(b []byte, limit int) Reason {
	if len(b) < wire.IPv6Len {
		return InnerShort
	}
	ip := wire.IPv6(b)
	h.v6 = true
	h.len, h.total, h.proto = wire.IPv6Len, wire.IPv6Len+ip.PayloadLen(), ip.NextHeader()
	if ip.Version() != 6 {
		return InnerBadIP
	}
	for n := 0; wire.IsExtension(h.proto) && !h.fragmented; n++ {
		if n == limit {
			return ExtensionLimit
		}
		if reason := h.extension(b[:min(len(b), h.total)]); reason != OK {
			if h.total > len(b) {
				return InnerShort
			}
			return reason
		}
	}
	return OK
}

// extension steps over one extension header. Behind the header of a fragment
// nothing is read: it belongs to the datagram as a whole.
func (h *ipHeader) extension(b []byte) Reason {
	x := wire.Extension(b[h.len:])
	if len(x) < wire.ExtensionMinLen || x.Len(h.proto) > len(x) {
		return InnerExtension
	}
	switch h.proto {
	case wire.ProtoRouting:
		if _, left := x.Routing(); left > 0 { // it goes elsewhere than it says, RFC 5095
			return InnerExtension
		}
	case wire.ProtoFragment:
		h.offset, h.more, h.id = x.Fragment()
		h.fragmented = h.offset > 0 || h.more
		if h.fragmented {
			h.proto = x.NextHeader()
			h.len += x.Len(wire.ProtoFragment)
			return OK
		}
	}
	h.proto, h.len = x.NextHeader(), h.len+x.Len(h.proto)
	return OK
}
