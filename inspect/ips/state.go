package ips

import "vxwall/inspect/app"

// Limits bound what a State keeps.
type Limits struct {
	Sessions int // largest Input.Session
	Nodes    int // bits, variables, and signatures that wait, of all flows together; 0: 65536
	Hosts    int // bits and thresholds of hosts and rules; 0: 65536
}

// State is what flows, transactions and hosts left behind in one worker. It
// outlives engines, and belongs to the worker's goroutine.
type State struct {
	limits Limits
}

// NewState returns an empty state.
func NewState(l Limits) *State { return &State{limits: l} }

// EndSession forgets a flow. Its number may be used again afterwards.
func (s *State) EndSession(session uint32) {}

// EndTx forgets a transaction, before its parser releases it.
func (s *State) EndTx(tx *app.Tx) {}
