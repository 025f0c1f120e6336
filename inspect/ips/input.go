package ips

import (
	"vxwall/inspect/app"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// AppState is how far the application protocol of a flow is known.
type AppState uint8

// The states. A negated protocol matches in AppKnown and AppFailed only.
const (
	AppUnknown AppState = iota // may yet be found
	AppKnown
	AppFailed // will not be found
)

// Input is what signatures judge: one packet, and what it brought. All of it is
// borrowed from whoever fills it, until Inspect returns.
type Input struct {
	// The packet. Key is as the packet shows it. L3 begins with the IP header, L4 with that of the transport.
	// Without L3 there is none: only what the session brought in Dir is judged, as if it came with one.
	Key         flow.Key
	L3, L4      []byte
	Payload     []byte
	Fragment    bool // an IP fragment: Key has no ports
	Reassembled bool // stands for all fragments of a datagram
	Group       uint16
	HasGroup    bool
	VTEP        [2][16]byte // outer source and destination; zero without
	Overhead    int         // bytes of the tunnel around each packet of the flow
	Time        int64       // nanoseconds since 1970

	// Refused: the pipeline drops the packet, whatever signatures say. Only those that ask for a
	// decode event are asked.
	Refused bool

	// The flow: nil for none. Session is the number that State keeps what it
	// knows of the flow under, from 1 to its capacity; 0 for none.
	Flow    *flow.Record
	Session uint32
	Dir     flow.Direction

	// Stream is what the packet made whole in its direction: history, and from Fresh on
	// what is new. Streamed says that the payload is part of it, or will be:
	// it is not looked at by itself then.
	Stream   app.Buffer
	Streamed bool
	// StreamSize are the bytes that each direction sent, for stream_size.
	StreamSize [2]uint64

	// The application: its name as in app.Protocol, "" if not known.
	App      string
	AppState AppState
	// Txs are the transactions that changed, oldest first.
	Txs []*app.Tx
	// Events are those of the flow's application layer, raised with this packet.
	Events app.EventSet
	// StreamEvents and DecodeEvents are by the numbers that Options gave their names.
	StreamEvents, DecodeEvents app.EventSet
}

// SetPacket fills in what a packet says by itself, and clears the rest.
func (in *Input) SetPacket(p *pipeline.Packet) {
	*in = Input{Key: p.Flow, Time: p.Time(), Flow: p.State(), Fragment: p.Fragment(), Overhead: p.Overhead(), Reassembled: p.Reassembled()}
	in.Group, in.HasGroup = p.Group()
	if p.Encapsulated() {
		in.VTEP[0], in.VTEP[1] = p.VTEPs()
	}
	if in.Flow != nil {
		in.Dir = p.Direction()
	}
	if p.IsIP() {
		in.L3, in.L4, in.Payload = p.L3(), p.L4(), p.Payload()
	}
}
