// Package wire has views over the bytes of packet headers and the Internet
// checksum. A view is a named byte slice with accessors and no state: it is
// borrowed from whoever owns the packet and valid as long as that packet is.
//
// Accessors do not check bounds beyond what Go does. A caller validates the
// length of a header once (the …Min constants, the Length accessors) and then
// trusts it; package pipeline does so in decap.go and inner.go. Nothing here
// allocates.
package wire
