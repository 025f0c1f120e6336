package ips

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// Limits bound what a State keeps.
type Limits struct {
	Sessions int       // largest Input.Session
	Nodes    int       // bits, variables, and signatures that wait, of all flows together; 0: 65536
	Txs      int       // transactions that are remembered at one time; 0: 16384
	Hosts    int       // bits and thresholds of hosts and rules; 0: 65536
	Seed     flow.Seed // of hashes; use random bits
}

// Lost counts what a full State could not keep. A signature may then speak twice, or
// not see a bit that another one set.
type Lost struct {
	Nodes, Txs, Hosts uint64
}

// State is what flows, transactions and hosts left behind in one worker. It
// outlives engines, and belongs to the worker's goroutine.
type State struct {
	Lost Lost

	sessions []session
	nodes    slab[node]
	txs      slab[txState]
	hosts    hostTable
}

// Bits of session.flags. Those of a direction are shifted left by it.
const (
	sessionDropped uint8 = 1 << 0
	sessionPassed  uint8 = 1 << 1
	sessionAddress uint8 = 1 << 2 // judged by addresses
	sessionCrowded uint8 = 1 << 4 // too many signatures wait in the stream
	sessionKnown   uint8 = 1 << 6 // judged by its application protocol
)

// session is what is known of a flow.
type session struct {
	revision uint32    // of the engine that flags and waiting signatures are of
	by       int32     // signature that dropped or passed the flow
	vars     uint32    // list of bits and variables
	waiting  [2]uint32 // lists of signatures that wait in the stream
	flags    uint8
}

// node is an entry of a list.
type node struct {
	next  uint32
	key   uint64 // hash of a name, or number of a rule
	value uint64
}

// txState is what is known of a transaction.
type txState struct {
	revision uint32
	rules    uint32       // list of rules that wait or are done; value: chains that matched, or ruleDone
	seen     [2][2]uint64 // buffers that were searched, by direction and place in appRules.keys
}

// ruleDone marks a rule that spoke of a transaction: it does so once.
const ruleDone = ^uint64(0)

// NewState returns an empty state.
func NewState(l Limits) *State {
	s := &State{sessions: make([]session, l.Sessions+1)}
	s.nodes.init(or(l.Nodes, 1<<16))
	s.txs.init(or(l.Txs, 1<<14))
	s.hosts.init(or(l.Hosts, 1<<16), l.Seed)
	return s
}

func or(n, other int) int {
	if n > 0 {
		return n
	}
	return other
}

// EndSession forgets a flow. Its number may be used again afterwards.
func (s *State) EndSession(number uint32) {
	f := s.session(number)
	if f == nil {
		return
	}
	s.freeList(f.vars)
	s.freeList(f.waiting[0])
	s.freeList(f.waiting[1])
	*f = session{}
}

// RestartSession forgets what is known of a flow when a new connection begins on its addresses
// and ports, but that it is dropped.
func (s *State) RestartSession(number uint32) {
	f := s.session(number)
	if f == nil || f.flags&sessionDropped != 0 {
		return
	}
	s.EndSession(number)
}

// session returns what is known of a flow, nil for none.
func (s *State) session(number uint32) *session {
	if number == 0 || int(number) >= len(s.sessions) {
		return nil
	}
	return &s.sessions[number]
}

// EndTx forgets a transaction, before its parser releases it.
func (s *State) EndTx(tx *app.Tx) {
	n := tx.Mark[app.UserIPS]
	if n == 0 {
		return
	}
	tx.Mark[app.UserIPS] = 0
	s.freeList(s.txs.at(n).rules)
	s.txs.free(n)
}

// tx returns what is known of a transaction, nil if there is no room to know anything.
func (s *State) tx(tx *app.Tx, revision uint32) *txState {
	n := tx.Mark[app.UserIPS]
	if n == 0 {
		if n = s.txs.alloc(); n == 0 {
			s.Lost.Txs++
			return nil
		}
		tx.Mark[app.UserIPS] = n
		*s.txs.at(n) = txState{revision: revision}
	}
	t := s.txs.at(n)
	if t.revision != revision { // rules have other numbers now
		s.freeList(t.rules)
		*t = txState{revision: revision}
	}
	return t
}

func (s *State) freeList(n uint32) {
	for n != 0 {
		next := s.nodes.at(n).next
		s.nodes.free(n)
		n = next
	}
}

// find returns the node of a list with a key, nil for none.
func (s *State) find(list uint32, key uint64) *node {
	for n := list; n != 0; {
		e := s.nodes.at(n)
		if e.key == key {
			return e
		}
		n = e.next
	}
	return nil
}

// put returns the node of a list with a key, a new one if need be; nil if there is no room.
func (s *State) put(list *uint32, key uint64) *node {
	if e := s.find(*list, key); e != nil {
		return e
	}
	n := s.nodes.alloc()
	if n == 0 {
		s.Lost.Nodes++
		return nil
	}
	e := s.nodes.at(n)
	*e = node{next: *list, key: key}
	*list = n
	return e
}

// remove takes the node with a key out of a list.
func (s *State) remove(list *uint32, key uint64) {
	for at := list; *at != 0; {
		n := *at
		e := s.nodes.at(n)
		if e.key == key {
			*at = e.next
			s.nodes.free(n)
			return
		}
		at = &e.next
	}
}
