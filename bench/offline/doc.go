// Package offline measures how fast captures are judged by signatures: a generator of a
// capture with mixed flows inside VXLAN, and vxwall beside Suricata on it, one thread
// each, alternating (`vxwall bench offline`).
//
//	mix.go      the capture: TCP of no protocol, HTTP, TLS and DNS
//	flows.go    one flow's packets
//	run.go      one run of a program over a capture, and what it took
//	compare.go  both programs with several sets of signatures
package offline
