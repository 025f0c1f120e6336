package tls

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

var _ app.Content = (*parser)(nil)

// Buffer implements app.Content.
func (p *parser) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	data, ok := p.buffer(id, dir, n)
	return app.Buffer{Data: data, Final: true}, ok
}

func (p *parser) buffer(id app.BufferID, dir flow.Direction, n int) ([]byte, bool) {
	h := &p.client
	if dir == flow.ToInitiator {
		h = &p.server
	}
	switch id {
	case app.TLSALPN:
		return h.protocol(n)
	case app.TLSRandom:
		return h.random[:], h.seen && n == 0
	case app.TLSRandomTime:
		return h.random[:4], h.seen && n == 0
	case app.TLSRandomBytes:
		return h.random[4:], h.seen && n == 0
	}
	if dir == flow.ToResponder {
		return p.fromClient(id, n)
	}
	return p.fromServer(id, n)
}

// first is a buffer with one instance, there if it is not empty.
func first(data []byte, n int) ([]byte, bool) { return data, n == 0 && len(data) > 0 }

func (p *parser) fromClient(id app.BufferID, n int) ([]byte, bool) {
	switch id {
	case app.TLSSNI:
		return first(p.client.name, n)
	case app.JA3Hash:
		return first(p.prints.ja3Hash, n)
	case app.JA3String:
		return first(p.prints.ja3, n)
	case app.JA4Hash:
		return first(p.prints.ja4, n)
	}
	return nil, false
}

func (p *parser) fromServer(id app.BufferID, n int) ([]byte, bool) {
	c := &p.chain
	switch id {
	case app.TLSSubject:
		return first(c.subject, n)
	case app.TLSIssuer:
		return first(c.issuer, n)
	case app.TLSSerial:
		return first(c.serial, n)
	case app.TLSFingerprint:
		return first(c.fingerprint, n)
	case app.TLSCerts, app.TLSCertChain:
		return c.certificate(n)
	case app.TLSSubjectAltName:
		if n < len(c.names) {
			return c.names[n], true
		}
	case app.JA3SHash:
		return first(p.prints.ja3sHash, n)
	case app.JA3SString:
		return first(p.prints.ja3s, n)
	}
	return nil, false
}

// version is that of the connection: what the server chose, or the client offers.
func (p *parser) version() uint16 {
	if p.server.seen {
		return p.server.negotiated()
	}
	return p.client.version
}

// Number implements app.Content.
func (p *parser) Number(id app.NumberID, dir flow.Direction, n int) (int64, bool) {
	c := &p.chain
	fromServer := dir == flow.ToInitiator && n == 0
	switch id {
	case app.TLSVersion:
		return int64(p.version()), n == 0 && (p.client.seen || p.server.seen)
	case app.TLSCertChainLen:
		return int64(len(c.ends)), fromServer && len(c.ends) > 0
	case app.TLSNotBefore:
		return c.notBefore, fromServer && c.sound
	case app.TLSNotAfter:
		return c.notAfter, fromServer && c.sound
	}
	return 0, false
}

// Files implements app.Content.
func (p *parser) Files(flow.Direction) []*app.File { return nil }
