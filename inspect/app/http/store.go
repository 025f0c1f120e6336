package http

import (
	"vxwall/inspect/app"
	"vxwall/inspect/app/inflate"
)

// What a store keeps at most of each kind.
const (
	keptParsers      = 1024
	keptTransactions = 256
	keptStreams      = 64
)

// maxStreams bounds the compressed bodies that a worker decodes at a time; each takes some 40 KiB.
const maxStreams = 4096

// maxLZMA bounds those of LZMA, which may take 1 MiB each.
const maxLZMA = 32

// store is what the flows of a worker give back, and share.
type store struct {
	parsers      []*parser
	transactions []*transaction
	streams      []*inflate.Stream
	inUse        int // streams
	lzma         int // of them, LZMA
	fields       fields
}

// Open implements app.Protocol.
func (Protocol) Open(pool *app.Pool) app.Parser {
	s := pool.Of(Name, func() any { return new(store) }).(*store)
	var p *parser
	if n := len(s.parsers); n > 0 {
		p = s.parsers[n-1]
		s.parsers = s.parsers[:n-1]
	} else {
		p = new(parser)
	}
	p.open(s)
	return p
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
	t.msg[0].body.Keep, t.msg[1].body.Keep = bodyKept, bodyKept
	return t
}

// giveBack takes a transaction that is over.
func (s *store) giveBack(t *transaction) {
	if len(s.transactions) < keptTransactions {
		t.clean()
		s.transactions = append(s.transactions, t)
	}
}

// stream returns a decoder, nil if too many are in use.
func (s *store) stream() *inflate.Stream {
	if s.inUse == maxStreams {
		return nil
	}
	s.inUse++
	if n := len(s.streams); n > 0 {
		d := s.streams[n-1]
		s.streams = s.streams[:n-1]
		return d
	}
	return new(inflate.Stream)
}

// free takes a decoder back.
func (s *store) free(d *inflate.Stream) {
	s.inUse--
	d.Reset()
	if len(s.streams) < keptStreams {
		s.streams = append(s.streams, d)
	}
}
