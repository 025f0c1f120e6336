// Package underlay follows what the kernel knows of the network below the tunnels,
// by netlink: how each peer VTEP is reached, and what FRR or an operator put into
// the forwarding databases of VXLAN devices (Linux, Documentation/networking/vxlan.rst).
//
// The appliance in vtep mode sends frames past the kernel, but the kernel keeps
// ARP, neighbour discovery and routing. So for each peer the kernel is asked for the
// route, the next hop's MAC address, the source address and the path MTU, and it is
// made to keep the next hop resolved, as if its own stack were sending there.
//
//	state.go     what is published: State, Hop, Entry
//	follower.go  Follower: one goroutine that reads, one that publishes
//	socket.go    the netlink socket: dumps and notifications in one stream
//	mirror.go    devices, neighbours, FDB entries as that stream tells them
//	message.go   parsing of neighbour messages
//	hop.go       a peer's route and next hop; poking the kernel to resolve it
//
// A notification that got lost (the socket's buffer ran over) has everything
// dumped again; what is there already stays in use meanwhile.
package underlay
