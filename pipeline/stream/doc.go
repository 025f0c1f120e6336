// Package stream puts back together what the network carried in pieces: inner
// IP fragments into datagrams (defrag.go, datagram.go, memory in slab.go).
//
// It holds copies of whole frames, because the originals are forwarded or
// dropped together once the datagram was judged. Everything is bounded: bytes,
// datagrams, pieces of one datagram, time. A Defrag belongs to one goroutine;
// time is handed in, in nanoseconds since 1970.
package stream
