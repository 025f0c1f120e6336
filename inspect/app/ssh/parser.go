package ssh

import (
	"bytes"
	"encoding/binary"

	"vxwall/inspect/app"
)

const (
	// maxLine is the longest identification line, with its end (RFC 4253 section 4.2);
	// longer ones are cut, and an event.
	maxLine = 255
	// maxKeyInit bounds the packet of algorithms that is put together.
	maxKeyInit = 1 << 15
	packetHead = 5 // length and padding (RFC 4253 section 6)
	keyInit    = 20
)

// Steps of a direction's progress.
const (
	started uint8 = iota
	bannerDone
)

// Open implements app.Protocol.
func (Protocol) Open(pool *app.Pool) app.Parser {
	s := pool.Of(Name, func() any { return new(store) }).(*store)
	p := (*parser)(nil)
	if n := len(s.parsers); n > 0 {
		p, s.parsers = s.parsers[n-1], s.parsers[:n-1]
	} else {
		p = &parser{store: s}
		p.live[0] = &p.tx
		p.tx.Content = p
	}
	p.begin()
	return p
}

// store keeps what flows give back.
type store struct {
	parsers []*parser
}

const mostKept = 1024

// parser is one connection. It is its own only transaction.
type parser struct {
	store *store
	tx    app.Tx
	live  [1]*app.Tx
	over  bool
	ends  [2]end
}

// end is one direction.
type end struct {
	buf      []byte // the line or packet that is being read
	line     []byte // identification, without its end
	version  int    // length of the protocol's version in line, behind "SSH-"
	cut      bool   // the line was too long: the rest of it is skipped
	done     bool   // nothing more in the clear
	offers   []byte // hassh's text
	offersID []byte // and its hash
}

// begin makes the parser one of a new connection.
func (p *parser) begin() {
	p.tx.Reset(0)
	p.over = false
	for i := range p.ends {
		e := &p.ends[i]
		*e = end{line: e.line[:0], offers: e.offers[:0], offersID: e.offersID[:0]}
	}
}

// Parse implements app.Parser.
func (p *parser) Parse(in *app.Input) {
	e := &p.ends[in.Dir]
	p.tx.Changed[in.Dir] = true
	if in.Gap > 0 {
		p.finish(in)
	}
	data := in.Data
	for len(data) > 0 && !e.done {
		if p.tx.Progress[in.Dir] == started {
			data = p.readLine(in, data)
		} else {
			data = p.readPacket(in, data)
		}
	}
	if in.End {
		p.finish(in)
	}
}

// finish ends a direction.
func (p *parser) finish(in *app.Input) {
	e := &p.ends[in.Dir]
	e.done, e.buf = true, nil
	p.tx.Progress[in.Dir] = app.Complete
}

// readLine takes what is there of the identification, and returns the rest.
func (p *parser) readLine(in *app.Input, data []byte) []byte {
	e := &p.ends[in.Dir]
	end := bytes.IndexByte(data, '\n')
	part := data
	if end >= 0 {
		part = data[:end]
	}
	if room := maxLine - len(e.line); len(part) > room {
		part = part[:room]
		if !e.cut {
			e.cut = true
			p.tx.Events.Add(app.SSHLongBanner)
		}
	}
	e.line = append(e.line, part...)
	if end < 0 {
		return nil
	}
	e.line = bytes.TrimSuffix(e.line, []byte("\r"))
	p.tx.Progress[in.Dir] = bannerDone
	e.split()
	if e.version == 0 {
		p.tx.Events.Add(app.SSHInvalidBanner)
		p.finish(in)
	}
	return data[end+1:]
}

// split finds the protocol's version: SSH-protoversion-softwareversion.
func (e *end) split() {
	if rest, ok := bytes.CutPrefix(e.line, banner); ok {
		e.version = max(0, bytes.IndexByte(rest, '-'))
	}
}

// protocol is the version of the protocol, software what stands behind it.
func (e *end) protocol() []byte {
	if e.version == 0 {
		return nil
	}
	return e.line[len(banner) : len(banner)+e.version]
}

// software is the version of the software, without comments.
func (e *end) software() []byte {
	if e.version == 0 {
		return nil
	}
	name := e.line[len(banner)+e.version+1:]
	if at := bytes.IndexByte(name, ' '); at >= 0 {
		name = name[:at]
	}
	return name
}

// readPacket takes what is there of the packet with the algorithms, which comes first.
func (p *parser) readPacket(in *app.Input, data []byte) []byte {
	e := &p.ends[in.Dir]
	need := packetHead
	if len(e.buf) >= packetHead {
		need = 4 + int(binary.BigEndian.Uint32(e.buf))
	}
	if need < packetHead || need > maxKeyInit {
		p.tx.Events.Add(app.SSHInvalidRecord)
		p.finish(in)
		return nil
	}
	n := min(need-len(e.buf), len(data))
	e.buf = append(e.buf, data[:n]...)
	if len(e.buf) == need && need > packetHead {
		if e.buf[packetHead] == keyInit {
			e.fingerprint(e.buf[packetHead+1:], in.ToServer())
		}
		p.finish(in)
	}
	return data[n:]
}

// Transactions implements app.Parser.
func (p *parser) Transactions() []*app.Tx {
	if p.over {
		return nil
	}
	return p.live[:]
}

// Release implements app.Parser.
func (p *parser) Release(n int) { p.over = p.over || n > 0 }

// Events implements app.Parser.
func (p *parser) Events() app.EventSet { return app.EventSet{} }

// Stopped implements app.Parser.
func (p *parser) Stopped() bool { return p.ends[0].done && p.ends[1].done }

// Switch implements app.Parser.
func (p *parser) Switch() string { return "" }

// Close implements app.Parser.
func (p *parser) Close() {
	if len(p.store.parsers) < mostKept {
		p.store.parsers = append(p.store.parsers, p)
	}
}
