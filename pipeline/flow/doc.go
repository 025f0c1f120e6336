// Package flow keeps the flows of one worker: who talks to whom inside which
// VNI, since when, how much, in which state of TCP, and what was decided.
//
//	key.go     what identifies a flow, and its seeded symmetric hash
//	record.go  what is known of a flow
//	table.go   find, create, evict, end
//	wheel.go   deadlines
//	tcp.go     which TCP packets belong to a connection
//	passive.go what is different where packets are copies
//
// A Table belongs to one goroutine. Its memory is reserved when it is made,
// holds no pointers (the garbage collector does not walk it) and never grows.
// Under a flood of new flows those that never had an answer make room for
// newer ones, oldest first; flows that were answered are never evicted.
// Time is handed in, in nanoseconds since 1970.
package flow
