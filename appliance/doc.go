// Package appliance is the box: it reads the configuration, loads and reloads
// policies, lists the stages in their order, and joins links, pipeline and
// events to what the commands do.
//
//	config.go    the configuration file: keys and defaults; configcheck.go,
//	             configplaces.go, configvni.go check it, configfile.go reads it,
//	             configpipeline.go and configlink.go hand it on
//	configtap.go the [tap] table, and what it makes of link and pipeline
//	configvtep.go   the tables of vtep mode; configvtepcheck.go and confignetwork.go
//	             check them, configrun.go what a mode needs to be run
//	policies.go  rule files -> compiled policy -> program in force; revisions
//	replay.go    a capture through the pipeline
//	output.go    its event log
//	explain.go   why a flow, or a packet of a capture, passes or not
//	trace.go     what happened to one packet of a capture on its way
//
//	daemon.go    vxwall run; start.go, supervise.go, reload.go, stop.go are its
//	             life, liveworker.go its workers, daemonlink.go its link
//	vtep.go      the overlay of a VTEP at work: vtepspec.go and vtepnetworks.go make it
//	             out of configuration and kernel, vtepreload.go of another configuration;
//	             vtepwatch.go hears what packets reveal, vtepattention.go what is wrong
//	health.go    the port for health probes
//	privileges.go, notify.go   what the system and its service manager get
//	recent.go    the newest drops of each worker
//	snapshot.go  all counters at one time, of which these are made:
//	attention.go what is wrong, worst first
//	server.go    the admin socket; adminapi.go, adminstatus.go, adminflows.go, adminflow.go,
//	             admindrops.go, adminvtep.go, adminfdb.go answer what package admin describes
//	metrics.go   Prometheus: metricsdesc.go has the names, metricsemit.go the values
//
// The commands themselves are in cmd/vxwall, the event log in eve, the links in
// link/….
package appliance
