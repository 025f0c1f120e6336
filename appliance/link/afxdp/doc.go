// Package afxdp takes frames from the wire and puts them back, by an XDP program
// and AF_XDP sockets (Linux, Documentation/networking/af_xdp.rst). Two ports make
// a bump in the wire: what comes in at one leaves at the other. Or one or two are a
// VTEP's, which takes the VXLAN that is sent to its addresses, and leaves all else to the
// kernel. Or one or two are taps, where copies come in and nothing leaves.
//
//	config.go, status.go    what a Link is told, and what it tells
//	link*.go                Link: from ports to queues, and back to nothing
//	ports*.go               what must be true of the ports
//	queue*.go               Queue: Recv, Send, Offload, Recall of one worker
//	handover.go             frames from the worker that received them to the one that owns them
//	clock.go                the kernel's time, and its jiffies
//	shares.go               what one VNI may have of the offload table
//	wire.bpf.c, *.bpf.h     the XDP program, see docs/xdp.md
//	program.go, attach*.go  the program loaded, attached, pinned, taken over, detached
//	control*.go             memory shared with the program
//	offload.go, table*.go   entries of the offload table; the table; offloaded.go: who sends
//	kernel.go               what the program counted
//
// Package ring below it has the rings themselves.
package afxdp
