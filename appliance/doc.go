// Package appliance is the box: it reads the configuration, loads and reloads
// policies, lists the stages in their order, and joins links, pipeline and
// events to what the commands do.
//
//	config.go    the configuration file: keys, defaults, checks
//	policies.go  rule files -> compiled policy -> program in force; revisions
//	replay.go    a capture through the pipeline
//	output.go    its event log
//	explain.go   why a flow, or a packet of a capture, passes or not
//	trace.go     what happened to one packet of a capture on its way
//
// The commands themselves are in cmd/vxwall, the event log in eve, the links in
// link/….
package appliance
