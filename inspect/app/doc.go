// Package app takes the payload of flows apart: it identifies the application
// protocol by its content, parses both directions as the bytes come in order,
// and offers what it found as transactions with buffers, numbers, events and
// files. The stages that look into content (inspect/ips, inspect/av) share one
// [Tracker] for each worker, so that a flow is put together and parsed once.
//
// A protocol is a folder below this one. It implements [Protocol] and [Parser],
// no more; protocols.go of package protocols lists them all. A parser
//
//   - is given bytes in order, once, and keeps none of them but in memory of its own,
//   - bounds everything that the two ends can make grow, and says so with an event,
//   - goes on after a gap where the protocol lets it,
//   - never fails: what is no valid protocol is an event, or the end of parsing.
//
// The pieces:
//
//	protocol.go  the contract of a protocol
//	tx.go        transactions, and how a stage remembers where it was
//	buffer.go    the closed list of buffers, by the names of the rule language
//	number.go    the closed list of numbers
//	event.go     the closed list of events
//	body.go      bytes that come over time, of which the newest are kept
//	file.go      files
package app
