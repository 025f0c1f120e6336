// Package load measures a bump in the wire: a traffic generator and a sink in
// the kernel, three network namespaces between them, vxwall or one of its peers in the
// middle, and reports.
//
//	gen [gen0] ——— [eth1] wall [eth2] ——— [sink0] sink
//
// A measurement, and the file of each part:
//
//  1. Topology: namespaces and cables, what runs on which core (topology.go,
//     namespace.go, napi.go, ethtool_unsafe.go).
//  2. System: vxwall (vxwall.go, as a VTEP vtep.go, with a policy of policy.go) or a peer (redirect.go,
//     rings.go, bridge.go, suricata.go), or either behind the queues of a router
//     (hostqueue.go); most as a child process (child.go, notify.go).
//  3. Generator: Traffic (traffic.go) becomes templates of headers (template.go); the
//     BPF program writes them into live frames, at a pace (generator.go, generate.bpf.c).
//  4. Sink: counts and times what arrives (sink.go, sink.bpf.c, histogram.go).
//  5. Rig: the four together, and a Trial (rig.go). Search for the loss-free
//     rate (search.go, lossfree.go); one TCP connection (tcp.go).
//  6. Bench: interleaved repeats of many systems (bench.go, compare.go) into a Report
//     (report.go, table.go), with the bars that were promised (bars.go).
//
// README.md says how to read the figures.
package load
