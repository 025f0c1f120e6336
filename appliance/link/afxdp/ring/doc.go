// Package ring is AF_XDP without policy (Linux, Documentation/networking/af_xdp.rst):
// memory shared with the kernel, the rings through which frames change hands,
// and sockets. It knows nothing of packets.
//
//	umem_unsafe.go   UMEM: the memory, cut into frames of one size
//	pool.go          Pool, Cache: the frames that nobody uses
//	ring_unsafe.go   the four rings of a socket, as the kernel maps them
//	socket.go        Socket: registered, bound, closed
//	receive.go       fill ring and RX ring
//	transmit.go      TX ring and completion ring
//	option_unsafe.go socket options that x/sys/unix does not know
//	stats.go         what was counted, where the frames are
//
// A frame is known by its address, the offset in the UMEM. It is always in one
// place only: in the pool or a cache, in one of the rings, or with the caller.
// One UMEM serves all sockets, so a frame that came in at one leaves at another
// without being copied.
//
// A Socket's receiving half and its transmitting half belong to one goroutine
// each; Stats and Frames are anyone's.
package ring
