package smtp

import "vxwall/inspect/app"

// What a store keeps at most of each kind.
const (
	keptParsers      = 1024
	keptTransactions = 256
)

// store is what the flows of a worker give back.
type store struct {
	parsers      []*parser
	transactions []*transaction
}

// Open implements app.Protocol.
func (Protocol) Open(pool *app.Pool) app.Parser {
	s := pool.Of(Name, func() any { return new(store) }).(*store)
	p := new(parser)
	if n := len(s.parsers); n > 0 {
		p, s.parsers = s.parsers[n-1], s.parsers[:n-1]
	}
	*p = parser{
		store: s, live: p.live[:0], txs: p.txs[:0], queue: p.queue[:0], helo: p.helo[:0],
		lines: [2]line{{buf: p.lines[0].buf[:0]}, {buf: p.lines[1].buf[:0]}},
	}
	return p
}

// Close implements app.Parser.
func (p *parser) Close() {
	p.Release(len(p.txs))
	p.held = nil
	if len(p.store.parsers) < keptParsers {
		p.store.parsers = append(p.store.parsers, p)
	}
}

// transaction returns an empty transaction.
func (s *store) transaction() *transaction {
	if n := len(s.transactions); n > 0 {
		t := s.transactions[n-1]
		s.transactions = s.transactions[:n-1]
		return t
	}
	t := new(transaction)
	t.tx.Content = t
	t.msg.Reset()
	return t
}

// giveBack takes a transaction that is over.
func (s *store) giveBack(t *transaction) {
	if len(s.transactions) < keptTransactions {
		t.clean()
		s.transactions = append(s.transactions, t)
	}
}

// forget says that a transaction is over: replies that still come are of none.
func (p *parser) forget(t *transaction) {
	for i := range p.queue {
		if p.queue[i].t == t {
			p.queue[i].t = nil
		}
	}
	if p.now == t {
		p.now = nil
	}
}
