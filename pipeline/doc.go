// Package pipeline is the life of a packet inside vxwall, in pure Go: no
// sockets, files, log or metrics library, and time is handed in. Links bring
// frames and take them away (type [Queue]); stages judge (type [Stage]).
//
// One [Worker] is one goroutine. For each batch it does, in this order:
//
//	worker.go     1. takes the current rules, once per batch
//	queue.go      2. Recv: at most 64 borrowed frames
//	decap.go      3. outer headers and VXLAN; every refusal has a reason
//	vtep.go          is it for this VTEP, and from a peer?
//	inner.go         inner headers down to the transport, offsets only
//	guard.go         where it comes from: a Guard may refuse it before it has a flow
//	admit.go      4. the flow of the packet (package flow), TCP state, ICMP errors
//	fragment.go      inner fragments wait until their datagram can be judged
//	inspect.go    5. the stages, one flat loop; the only switch on a verdict
//	nested.go        a tunnel inside the tunnel: 3 to 5 again for what it carries
//	encap.go      6. what passes leaves as it came, less VLAN tags to strip; or
//	route.go         a VTEP finds the peer, or peers, to send it to (package overlay),
//	rewrite.go       and writes another outer header in front of it
//	answer.go        what is rejected, or too big, is answered, encapsulated
//	queue.go      7. Send: consumes the whole batch
//
// Where packets are copies that a mirror sends, passive.go, mirror.go and
// duplicates.go say what is different.
//
// What is dropped has a [Reason] out of a closed set, the same word in every
// log, metric, explanation and test. Nothing on this road allocates.
package pipeline
