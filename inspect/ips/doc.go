// Package ips judges packets, streams and transactions by signatures in
// Suricata's language. It is given what others took apart (an [Input]) and says which
// signatures matched and what becomes of packet and flow (a [Result]). It knows
// neither links nor events, and it never allocates for a packet.
//
// The life of a packet here:
//
//  1. Signatures of addresses alone are judged once in each direction of a flow.
//  2. The fast patterns of payload, stream and of every buffer that is new are
//     searched for, all signatures of a buffer at once (package match).
//  3. Whoever has a hit, or no pattern to search for, is a candidate: its
//     conditions are asked one after the other, cheap ones first.
//  4. What matched is sorted by action and priority; verdicts and alerts are
//     made of it.
//
// The pieces:
//
//	input.go     what is judged
//	result.go    what comes of it
//	engine.go    Compile: signatures into an immutable Engine
//	state.go     what flows and hosts leave behind: bits, variables, thresholds. It outlives the engine
//	detector.go  Detector: one worker's use of an engine
//	trace.go     who was asked what, and what it answered
//	match/       multi-pattern search
//	regex/       regular expressions as PCRE has them, over bytes
package ips
