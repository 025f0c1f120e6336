// Package afxdp takes frames from the wire and puts them back, by an XDP program
// and AF_XDP sockets (Linux, Documentation/networking/af_xdp.rst). Two ports make
// a bump in the wire: what comes in at one leaves at the other.
package afxdp
