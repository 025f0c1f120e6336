// Package nfqueue judges the packets of a host's own kernel: rules of iptables queue
// VXLAN in the kernel (NFQUEUE), this package gives a verdict on each, and the kernel
// goes on with it or drops it. It is for hosts whose own tunnel endpoint is to be
// guarded, and for network interfaces on which XDP cannot run.
//
//	config.go               what a Link is told
//	link.go, status.go      Link: queues, from rules to verdicts, and back to nothing
//	queue.go                Queue: Recv of one worker
//	verdict.go              Send: verdicts, many in one system call
//	inject.go               packets that vxwall sends itself
//	socket.go               the netlink socket of a queue
//	message.go              its messages, written and read
//	mmsg_unsafe.go          many of them in one system call
//	rules.go, ruleset.go    rules of iptables, as a text and in the kernel; found.go: are they there
//
// A packet begins with its IP header (pipeline.LinkRaw) and is whole: the kernel
// computes the checksums that an interface would, and cuts what is larger than the MTU
// into packets.
//
// Ids in a queue ascend, packets come in their order, and a batch has its verdicts
// before the next one is received. So a run of packets with the same verdict takes one
// message: "all up to this id". A batch whose verdicts the kernel does not take ends
// the queue, because the next message would decide about it.
//
// A held fragment is dropped at once; what is to follow later (held fragments that pass,
// answers) leaves through a raw socket. The kernel could keep a held packet itself, but
// then "all up to this id" would decide about it, and one that never gets a verdict would
// stay. A packet of the raw socket that is for this host comes back through lo, past the
// rules for what the host receives. A mark tells the rules for what it sends that they
// have seen it.
//
// With several queues the kernel chooses one by the outer addresses, both directions
// alike. One worker sees a flow whose two directions go between the same two tunnel
// endpoints; with others there must be one queue.
package nfqueue
