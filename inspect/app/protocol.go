package app

import "vxwall/pipeline/flow"

// Answer is what a protocol says of the first bytes of a direction.
type Answer uint8

// The answers. More means that what is there may be the protocol, but is too short to say.
const (
	No Answer = iota
	More
	Yes
)

// Transport is a set of transports that carry a protocol.
type Transport uint8

// The transports.
const (
	TCP Transport = 1 << iota
	UDP
)

// IdentifyDepth is how many bytes of a direction are looked at before its
// protocol is given up as unknown.
const IdentifyDepth = 2048

// Protocol is one application protocol. It is immutable, and shared by all workers.
type Protocol interface {
	// Name is the protocol's name in rules and events (EVE's app_proto).
	Name() string
	// Transport says where it may be.
	Transport() Transport
	// Identify looks at the first bytes that an end sent. It keeps none of them.
	// toServer is from the side that opened the flow.
	Identify(data []byte, toServer bool) Answer
	// Open returns a parser for one flow. Pool is the worker's: parsers may keep
	// free memory of theirs in it, by the protocol's name.
	Open(pool *Pool) Parser
}

// Pool keeps what parsers of one worker use again, by protocol. It belongs to
// one goroutine.
type Pool struct {
	free map[string]any
}

// Of returns the free memory of a protocol, made by create the first time.
func (p *Pool) Of(protocol string, create func() any) any {
	if p.free == nil {
		p.free = make(map[string]any)
	}
	v, ok := p.free[protocol]
	if !ok {
		v = create()
		p.free[protocol] = v
	}
	return v
}

// Input is what a direction brought: the next bytes of a stream, or the whole
// payload of one datagram.
type Input struct {
	Dir  flow.Direction // ToResponder is to the server
	Data []byte         // borrowed until Parse returns; may be empty with End
	Gap  uint32         // bytes that are missing before Data, and will not come
	End  bool           // nothing comes after Data in this direction
	// Stream says that the bytes are of a stream, and Data the next of it.
	Stream bool
	Time   int64 // nanoseconds since 1970
	// Unread is set by Parse: bytes at the end of Data that belong to the protocol
	// which Parser.Switch names.
	Unread int
}

// ToServer says whether the bytes go to the side that did not open the flow.
func (in *Input) ToServer() bool { return in.Dir == flow.ToResponder }

// Parser parses the two directions of one flow.
type Parser interface {
	// Parse takes all of in. What it finds is in Transactions afterwards.
	Parse(in *Input)
	// Transactions are those not yet released, oldest first. Borrowed until the
	// next call of the parser.
	Transactions() []*Tx
	// Release ends transactions that all stages are done with: the first n.
	// Their memory may be used again.
	Release(n int)
	// Events are those of the flow and no transaction, since the last call.
	Events() EventSet
	// Stopped says that the rest of the flow cannot be parsed, or need not
	// (encrypted): no more Input is wanted.
	Stopped() bool
	// Switch names the protocol that goes on from here ("" for none): after
	// CONNECT, STARTTLS or Upgrade. "?" asks to identify it anew.
	Switch() string
	// Close gives the parser's memory back to its pool.
	Close()
}
