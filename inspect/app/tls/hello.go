package tls

import "encoding/binary"

// Extensions that are looked into (IANA's registry).
const (
	extServerName = 0
	extGroups     = 10
	extFormats    = 11
	extSignatures = 13
	extALPN       = 16
	extVersions   = 43
)

const randomLen = 32

// maxList bounds what is kept of each list of a hello.
const maxList = 512

// hello is a ClientHello or ServerHello (RFC 8446 section 4.1).
type hello struct {
	seen       bool
	version    uint16 // legacy_version
	supported  uint16 // the newest of supported_versions, 0 for none
	random     [randomLen]byte
	session    int // length of the session's ID
	ciphers    []uint16
	extensions []uint16
	groups     []uint16
	signatures []uint16
	formats    []byte
	name       []byte // of the server, as the client asks for it
	protocols  []byte // ALPN: names, each with its length in front
}

func (h *hello) reset() {
	*h = hello{
		ciphers: h.ciphers[:0], extensions: h.extensions[:0], groups: h.groups[:0], signatures: h.signatures[:0],
		formats: h.formats[:0], name: h.name[:0], protocols: h.protocols[:0],
	}
}

// memory is what is kept of names, which may be long.
func (h *hello) memory() int { return cap(h.name) + cap(h.protocols) }

// negotiated is the version that a hello means.
func (h *hello) negotiated() uint16 {
	if h.supported != 0 {
		return h.supported
	}
	return h.version
}

// reader takes a message apart. Once it failed, all it returns is empty.
type reader struct {
	b      []byte
	failed bool
}

// take returns the next n bytes.
func (r *reader) take(n int) []byte {
	if n > len(r.b) {
		r.b, r.failed = nil, true
		return nil
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

// number reads a number of n bytes.
func (r *reader) number(n int) int {
	v := 0
	for _, c := range r.take(n) {
		v = v<<8 | int(c)
	}
	return v
}

// list reads a list with its length of n bytes in front.
func (r *reader) list(n int) reader { return reader{b: r.take(r.number(n))} }

// appendNumbers appends 16-bit numbers, at most maxList.
func appendNumbers(dst []uint16, b []byte) []uint16 {
	for ; len(b) >= 2 && len(dst) < maxList; b = b[2:] {
		dst = append(dst, binary.BigEndian.Uint16(b))
	}
	return dst
}

// parse reads a hello, and says whether it was sound.
func (h *hello) parse(body []byte, client bool) bool {
	h.reset()
	h.seen = true
	r := reader{b: body}
	h.version = uint16(r.number(2))
	copy(h.random[:], r.take(randomLen))
	h.session = len(r.list(1).b)
	if client {
		h.ciphers = appendNumbers(h.ciphers, r.list(2).b)
		r.list(1) // methods of compression
	} else {
		h.ciphers = appendNumbers(h.ciphers, r.take(2))
		r.take(1)
	}
	if len(r.b) == 0 {
		return !r.failed
	}
	all := r.list(2)
	for len(all.b) > 0 {
		kind := uint16(all.number(2))
		one := all.list(2)
		if all.failed {
			return false
		}
		if len(h.extensions) < maxList {
			h.extensions = append(h.extensions, kind)
		}
		h.extension(kind, one, client)
	}
	return !r.failed
}

// extension reads the extensions that rules or fingerprints need.
func (h *hello) extension(kind uint16, r reader, client bool) {
	switch kind {
	case extServerName:
		names := r.list(2)
		for len(names.b) > 0 && len(h.name) == 0 {
			isHost := names.number(1) == 0
			if name := names.list(2).b; isHost {
				h.name = append(h.name, name...)
			}
		}
	case extGroups:
		h.groups = appendNumbers(h.groups, r.list(2).b)
	case extSignatures:
		h.signatures = appendNumbers(h.signatures, r.list(2).b)
	case extFormats:
		h.formats = append(h.formats[:0], r.list(1).b...)
	case extALPN:
		h.protocols = append(h.protocols[:0], r.list(2).b...)
	case extVersions:
		h.versions(r, client)
	}
}

// versions takes the newest version offered, or the one chosen.
func (h *hello) versions(r reader, client bool) {
	offered := r.b
	if client {
		offered = r.list(1).b
	}
	for ; len(offered) >= 2; offered = offered[2:] {
		if v := binary.BigEndian.Uint16(offered); !grease(v) {
			h.supported = max(h.supported, v)
		}
	}
}

// grease says whether a number only tests that unknown ones are borne (RFC 8701).
func grease(v uint16) bool { return v&0x0f0f == 0x0a0a && v>>8 == v&0xff }

// protocol returns name n of ALPN.
func (h *hello) protocol(n int) ([]byte, bool) {
	r := reader{b: h.protocols}
	for len(r.b) > 0 {
		name := r.list(1)
		if r.failed {
			return nil, false
		}
		if n == 0 {
			return name.b, true
		}
		n--
	}
	return nil, false
}

// hello2 reads a ClientHello in the form of SSL 2.0 (RFC 5246 appendix E.2). No ciphers
// are kept: their numbers are others.
func (p *parser) hello2(data []byte) {
	p.client.reset()
	p.client.seen = true
	p.client.version = binary.BigEndian.Uint16(data[3:])
}
