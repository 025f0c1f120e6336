package app

import (
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
)

// Config of the trackers of an appliance.
type Config struct {
	Protocols []Protocol // in the order in which they are asked
	Streams   stream.PoolConfig
	// IgnoreChecksums takes segments with a wrong checksum for good ones. Their receivers do
	// not: what is damaged would count as the first copy of its bytes.
	IgnoreChecksums bool
	// Log returns what a worker reports to; nil, or a nil Log, reports nothing.
	Log func(*pipeline.Scope) Log
}

// Log is told of what an event may be written about. It is called by the worker's
// goroutine and must not keep what it is given. The packet is nil at the end of a
// flow, of which the record then tells.
type Log interface {
	// Transaction writes the transaction's event, if it has one by now, and says
	// whether it did.
	Transaction(at *Moment, tx *Tx) bool
	// File is told once of each file that will not grow any more.
	File(at *Moment, tx *Tx, dir flow.Direction, f *File)
	// Odd is told of each event once; tx is nil for those of the flow.
	Odd(at *Moment, tx *Tx, e Event)
	// Ended is told of each session that ends, last of all.
	Ended(at *Moment)
}

// Moment is when and where something was found.
type Moment struct {
	Packet  *pipeline.Packet // nil at the end of a flow
	Record  *flow.Record
	Session *Session
	Time    int64
}

// Update is what one packet brought, borrowed until the packet is judged.
type Update struct {
	Moment
	// Stream is the newest of each direction's bytes in order (TCP).
	Stream [2]Window
	// Result is what putting the stream together says of the packet (TCP).
	Result stream.Result
	Txs    []*Tx    // live transactions, oldest first
	Events EventSet // of the flow and no transaction, raised with this packet
	Final  bool     // the flow ends; nothing more comes
}

// Window is bytes of a stream in order: from Fresh on they are new.
type Window struct {
	Data   []byte
	Offset uint64 // of Data[0] in the stream
	Fresh  int
	Gap    uint32 // bytes that are missing before Fresh, and will not come
}

// Tracker follows the content of the flows of one worker.
type Tracker struct {
	cfg      *Config
	scope    *pipeline.Scope
	streams  *stream.Pool
	pool     Pool
	log      Log
	byFlow   []uint32   // places of sessions by flow number, 0 for none
	sessions []*Session // [0] is not used
	vacant   []uint32   // places of sessions
	blocks   [][]byte   // free ones, of made
	made     int
	current  *pipeline.Packet // the packet that update is about
	update   Update
	segment  stream.Segment
	input    Input // of the parser that is at work
	watch    bool  // the packet of update must not be changed
	finals   []func(*Update)
	ends     []func(*Session)
	releases []func(*Tx)
}

type trackerKey struct{}

// In returns the worker's tracker. The configuration is that of the first call.
func In(s *pipeline.Scope, cfg *Config) *Tracker {
	return s.Part(trackerKey{}, func() any {
		t := &Tracker{
			cfg: cfg, scope: s, streams: stream.NewPool(cfg.Streams),
			byFlow: make([]uint32, s.Capacity()+1), sessions: make([]*Session, 1),
		}
		if cfg.Log != nil {
			t.log = cfg.Log(s)
		}
		s.OnFlowEnd(t.flowEnd)
		s.OnJudged(t.judged)
		return t
	}).(*Tracker)
}

// OnFinal asks for f to be called when a flow with a session ends, with what its end
// completed. It must not keep the update.
func (t *Tracker) OnFinal(f func(*Update)) { t.finals = append(t.finals, f) }

// OnEnd asks for f to be told of each session that ends, after OnFinal's.
func (t *Tracker) OnEnd(f func(*Session)) { t.ends = append(t.ends, f) }

// OnRelease asks for f to be told of each transaction that is over, before its parser
// takes it back.
func (t *Tracker) OnRelease(f func(*Tx)) { t.releases = append(t.releases, f) }

// Track takes a packet into its flow's session, once, however many stages ask. It
// returns nil for packets without a flow of their own. The update is borrowed until
// the packet is judged. With watch nothing is changed on the wire, whatever the streams
// would have: the first stage that asks about a packet decides.
func (t *Tracker) Track(p *pipeline.Packet, watch bool) *Update {
	if t.current == p {
		return &t.update
	}
	r := p.State()
	if r == nil || p.Related() {
		return nil
	}
	s := t.session(r, p.Flow.Proto)
	t.current, t.watch = p, watch
	t.update = Update{Moment: Moment{Packet: p, Record: r, Session: s, Time: p.Time()}}
	switch p.Flow.Proto {
	case wire.ProtoTCP:
		t.tcp(p, s)
	case wire.ProtoUDP:
		t.feed(s, Input{Dir: p.Direction(), Data: p.Payload(), Time: p.Time()})
	}
	t.update.Txs = s.Transactions()
	return &t.update
}

// Peek returns the session of a flow, nil if it has none.
func (t *Tracker) Peek(r *flow.Record) *Session {
	return t.sessions[t.byFlow[t.scope.Number(r)]]
}

// session finds or begins the session of a flow.
func (t *Tracker) session(r *flow.Record, proto uint8) *Session {
	number := t.scope.Number(r)
	if at := t.byFlow[number]; at != 0 {
		return t.sessions[at]
	}
	at := t.place()
	t.byFlow[number] = at
	s := t.sessions[at]
	*s = Session{number: number, at: at}
	if proto == wire.ProtoTCP {
		s.conn = t.streams.Open()
	}
	return s
}

// place returns the number of a free session.
func (t *Tracker) place() uint32 {
	if n := len(t.vacant); n > 0 {
		at := t.vacant[n-1]
		t.vacant = t.vacant[:n-1]
		return at
	}
	t.sessions = append(t.sessions, new(Session))
	return uint32(len(t.sessions) - 1)
}

// feed hands bytes to the session's parser, or to those who look for one.
func (t *Tracker) feed(s *Session, in Input) {
	end := &s.ends[in.Dir]
	if end.closed {
		return
	}
	end.closed = in.End
	if s.parser != nil {
		t.parse(s, in)
	} else if !s.identified(in.Dir) {
		t.identify(s, &in)
	}
}

// judged ends what Track began, once all stages have looked.
func (t *Tracker) judged(p *pipeline.Packet) {
	if t.current != p {
		return
	}
	t.current = nil
	t.settle(&t.update)
	t.consume(&t.update)
	t.change(t.update.Session)
}

// flowEnd tells of what the flow's end completes, and forgets the session.
func (t *Tracker) flowEnd(r *flow.Record, _ flow.End) {
	number := t.scope.Number(r)
	at := t.byFlow[number]
	if at == 0 {
		return
	}
	s := t.sessions[at]
	u := &t.update
	*u = Update{Moment: Moment{Record: r, Session: s, Time: r.Last}, Final: true}
	t.drain(s)
	t.feed(s, Input{Dir: flow.ToResponder, End: true, Stream: s.conn.Valid(), Time: r.Last})
	t.feed(s, Input{Dir: flow.ToInitiator, End: true, Stream: s.conn.Valid(), Time: r.Last})
	u.Txs = s.Transactions()
	for _, f := range t.finals {
		f(u)
	}
	t.settle(u)
	if t.log != nil {
		t.log.Ended(&u.Moment)
	}
	for _, f := range t.ends {
		f(s)
	}
	t.byFlow[number] = 0
	t.close(s)
}

// close gives a session's memory back.
func (t *Tracker) close(s *Session) {
	t.drop(s)
	if s.conn.Valid() {
		s.conn.Close()
	}
	t.forget(s, flow.ToResponder)
	t.forget(s, flow.ToInitiator)
	t.vacant = append(t.vacant, s.at)
	*s = Session{}
}
