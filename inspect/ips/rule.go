package ips

import (
	"vxwall/inspect/app"
	"vxwall/inspect/ips/chain"
	"vxwall/inspect/ips/transform"
	"vxwall/pipeline/flow"
	"vxwall/rules/suricata"
)

// kind of a rule says when it is judged, and how far its verdict reaches.
type kind uint8

const (
	kindAddress  kind = iota // the header alone: once in each direction; the flow
	kindPacket               // packets; the packet
	kindStream               // what a stream brings, and packets that are in none; the flow, if found in the stream
	kindProtocol             // that the application protocol is found, or given up: once in each direction; the flow
	kindApp                  // packets of an application protocol; the flow
	kindTx                   // transactions; the flow
)

var kindNames = [...]string{"ip_only", "pkt", "stream", "pd_only", "app_layer", "app_tx"}

// class is a group of IP protocols that rules are kept apart by.
type class uint8

const (
	classTCP class = iota
	classUDP
	classICMP
	classICMP6
	classSCTP
	classOther
	classes
)

// Bits of rule.where.
const (
	whereStream uint8 = 1 << iota // the payload chain looks into streams
	wherePacket                   // it looks into the payload of packets
)

// Bits of rule.flow.
const (
	flowEstablished uint8 = 1 << iota
	flowNotEstablished
	flowAny // a flow has to be there
	flowOnlyFrag
	flowNoFrag
	flowOnlyStream
	flowNoStream
)

// anySet is a rule's address set that holds all.
const anySet = -1

// rule is a compiled signature. Its number is its place in the order in which
// rules are judged.
type rule struct {
	sig     int32
	order   [3]int // action, bits, priority: rules are sorted by it
	action  suricata.Action
	kind    kind
	where   uint8
	flow    uint8
	dirs    uint8 // bit 0: flow.ToResponder, bit 1: flow.ToInitiator
	classes uint8 // bits by class
	version uint8 // 4, 6, 0: either
	noalert bool
	both    bool // <>
	whole   bool // =>: addresses are those of the request

	app          string // "" for any
	src, dst     int32  // in Engine.sets
	sport, dport portSet

	conditions []indexed
	packets    []packetChain // on headers
	payload    *chain.Chain
	first      int // index of the first condition on the payload
	buffers    []bufferChain
	txs        []txIndexed
	after      []effect
	filters    []filter
	tags       []suricata.Tag

	fast fast
}

// fast is the pattern that makes a rule a candidate.
type fast struct {
	ok      bool
	key     int32 // of the buffer, payloadKey for the payload
	pattern suricata.Content
	dir     int8 // direction of the buffer
}

// payloadKey stands for the payload where buffers have their number.
const payloadKey = -1

// indexed is a condition with its index in Signature.Matches.
type indexed struct {
	index int
	condition
}

// condition is about the packet, its flow, or what is remembered.
type condition interface {
	holds(d *Detector) bool
}

// txIndexed is a txCondition with its index.
type txIndexed struct {
	index int
	txCondition
}

// txCondition is about a transaction, in a direction.
type txCondition interface {
	asks(d *Detector, tx *app.Tx, dir flow.Direction) chain.Outcome
}

// effect is what a rule does once all its conditions hold.
type effect interface {
	act(d *Detector)
}

// packetChain is conditions on a header of the packet.
type packetChain struct {
	index  int
	header header
	chain  *chain.Chain
}

// bufferChain is conditions on a buffer of a transaction.
type bufferChain struct {
	index int
	key   int32 // in Engine.keys
	dir   int8  // -1: that of the packet
	chain *chain.Chain
	// absent: the buffer must not be there, or may be absent if else holds.
	absent, orElse bool
}

// bufferKey is a buffer and the transforms that are applied to it.
type bufferKey struct {
	id         app.BufferID
	transforms *transform.List // nil for none
	info       *app.BufferInfo
}
