// Package lab builds a small overlay network out of network namespaces on one
// machine, with the appliance in its wire:
//
//	left100 ─┐                                                           ┌─ right100   VNI 100
//	         ├─ left ── eth0 ═══ eth1 ── wall ── eth2 ═══ eth0 ── right ─┤
//	left200 ─┘  VTEP                                              VTEP   └─ right200   VNI 200
//
// left and right are kernel VTEPs: each has one VXLAN device for each VNI, made
// on the underlay and moved into the namespace of its workload. Both VNIs have
// the same inner addresses. The wall is empty: Plain forwards there without
// looking, Start runs vxwall there.
//
// With Options.VTEP the wall is a VTEP itself: the others send to it alone, and learn
// that all workloads are behind it. There is a third one then, behind right (vtep.go).
//
// Every name begins with the lab's own, so that several labs stand side by side,
// and one whose maker crashed is found and removed (Find, Down). Nothing outside
// the namespaces is touched but /run/netns and the lab's directory below
// /run/vxwall-lab. Needs root; no external tools but nsenter (util-linux)
// for Command.
//
//	place.go        where one can be: names, addresses
//	options.go      what may differ from lab to lab
//	lab.go          Up, Down, Find
//	netns.go        namespaces, and to do something in one
//	underlay.go     the veths; overlay.go: the VXLAN devices; device.go: what both need
//	vtep.go         the wall as a VTEP, the third VTEP
//	settle.go       waiting until the network is ready
//	group.go        Group Policy IDs
//	plain.go        forwarding without an appliance
//	ping.go, transfer.go, stream.go, streamledger.go, capture.go: traffic, without external tools
//	appliance.go    vxwall in the wall; appliancefiles.go, policy.go: its files
//	process.go      the processes in the lab
package lab
