// Package eve writes what happens as EVE JSON, the form of Suricata's event
// log, one object a line, so that what reads Suricata's events reads ours. Each
// event also says what Suricata cannot: the VXLAN network, the segments, the
// ACL rule, the reason and the policy revision.
//
//	event.go   an event: plain values, no pointers, copied out of a packet
//	log.go     the observer of one worker: captures events into its ring
//	ring.go    a bounded queue between one worker and the writer
//	writer.go  takes events out of the rings, encodes and writes them
//	file.go    a log file that is opened anew when it was moved, or after an error
//	encode.go  an event -> a line of JSON: what all have in common, and in
//	           encodepolicy.go, encodedrop.go, encodeflow.go, encodeguard.go, encodestats.go
//	           the parts
//	json.go    JSON into a byte slice
//
// A worker never waits for the log: when its ring is full, events are lost and
// counted. Only a replay, which has time, waits (Config.Wait).
package eve
