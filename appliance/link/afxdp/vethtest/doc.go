// Package vethtest makes networks for tests of AF_XDP: two veth pairs in a network
// namespace of their own. One end of each pair is a port of what is tested,
// the other is a host that sends and receives whole frames.
//
//	wire.go   the namespace and its devices
//	end.go    End: a host's socket
//	flood.go  Flood: XDP live frames, as fast as the machine can
//	attach.go programs that bring frames to sockets, without any policy
package vethtest
