// Package overlay is what a VTEP knows and decides: who the other VTEPs are,
// behind which of them a workload is, and with which outer header a packet
// leaves for it. It knows nothing of sockets, neighbours or routes: whoever does
// describes them in a [Spec].
//
//	spec.go     what is described: endpoints, peers, networks, options
//	compile.go  Spec -> Map, checked
//	map.go      Map: the immutable form, with its lookups
//	overlay.go  Overlay: the Map in force and all that outlives it, shared by workers
//	names.go    numbers for peers that stay the same from Map to Map
//	fdb.go      what was learned from packets: MAC address -> peer; sweep.go ages it
//	places.go   what a way rests on that was handed out, for as long as it holds; ways.go compares Maps
//	route.go    where a packet goes: one peer, or several
//	marking.go  ECN and DSCP of tunnels (RFC 6040, RFC 9601, RFC 2983)
//	header.go   outer headers
//
// Addresses have 16 bytes, IPv4 mapped (RFC 4291 section 2.5.5.2). Nothing that
// is done for a packet allocates or waits for a lock.
package overlay
