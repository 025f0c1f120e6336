// Package doctor looks at a machine on which vxwall runs, or is to run, and says what
// is wrong with it and which command mends it. It changes nothing, and sends nothing
// but the echo requests that find out the path MTU to VTEPs; only Try does more, if asked to.
//
// One check is one small function in the list of doctor.go. Each has findings, and
// each finding a verdict: ok, a warning, a problem, or that it could not be checked
// and why. What a port must be like is known by package afxdp, which refuses to open one
// that is not: here the same problems are asked for.
//
//	doctor.go     what to look at, the list of checks, and to run them
//	finding.go    what they find
//	machine.go    kernel, BPF, AF_XDP; rights.go: capabilities, locked memory, memory
//	files.go      configuration, rules, event log; daemon.go: the running vxwall
//	ports.go      the ports; mode.go: how XDP runs on them; queues.go
//	offloads.go   who merges or changes frames before they are seen
//	peer.go       the other ends of veth ports; namespaces.go finds them
//	vxlan.go      who else wants the VXLAN ports; sockets.go finds out
//	queue.go      the kernel's queues of nfqueue mode; queuerules.go: and the rules that fill them
//	tap.go        do copies come
//	vteps.go      other VTEPs: are they there; echo.go, pathmtu.go: how large may packets be
//	trial.go      Try: does XDP work on the ports
//	edit.go       commands that change a key of the configuration; shell.go: words of commands
package doctor
