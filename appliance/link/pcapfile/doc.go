// Package pcapfile is a link over capture files: frames come from one, and what
// is forwarded goes to another. It is what `vxwall replay` runs on.
//
//	queue.go   the link: batches out of a capture, batches into a capture
//	open.go    options, and what kind of capture it is
//	source.go  the bytes of a file or of standard input, decompressed
//	window.go  the part of a capture that is in memory
//	pcap.go    records of pcap files
//	pcapng.go  blocks of pcapng files; interface.go, clock.go: their interfaces
//	output.go  a capture that takes its name when it is complete
//
// Frames are not copied: they are slices of the window, which moves only while
// none is borrowed. A packet's number, from 1, is its handle.
//
// An output is of the same kind as the input, in the same byte order and with
// the same resolution of time. The records of packets that are forwarded
// unchanged are copied with all that stands around the frame, so the output of
// a replay that forwards everything differs from its input only where pcapng
// has blocks without packets. Memory is bounded whatever a capture says: no
// length in a file makes this package reserve anything.
package pcapfile
