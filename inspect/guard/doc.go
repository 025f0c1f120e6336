// Package guard watches the underlay: which VTEPs may carry which network, and
// behind which VTEP a workload speaks. It is a [pipeline.Guard]: a packet is
// looked at before it begins or touches a flow.
//
//	config.go   what is allowed, and how much is remembered
//	guard.go    Guard: what the workers share; stats.go counts
//	watcher.go  one worker's part: a packet's way through the checks
//	tunnel.go   VTEPs and network of a packet, judged once and kept
//	vteps.go    allowed VTEPs by VNI
//	pace.go     how often something is reported
//	claims.go   which addresses a packet says are whose: its MAC address, ARP, ND
//	table.go    bindings of a subject to a holder, shared by workers
//	claim.go    a binding begins, is confirmed, contradicted, or moves
//	shares.go   how many bindings each network may have
//	seclusion.go  moves of senders that the kernel may serve by itself
//	list.go     bindings for people; forget
//
// There are three tables of bindings: MAC address -> VTEP, IP address -> MAC address,
// both by network (VNI and inner VLAN tags), and VTEP -> port of the wire.
//
// Who is known to be elsewhere is believed to have moved when the old place has been
// silent for Config.MoveAfter: a live migration ends with silence there. Two that
// speak at the same time are a duplicate, and the one that was first stays.
//
// A packet that says what is known takes no lock: its bindings are found by hashes
// that nobody can guess, a set of eight in three cache lines. A lock is taken to
// begin, to move or to refuse a binding.
package guard
