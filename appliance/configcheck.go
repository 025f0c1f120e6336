package appliance

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/appliance/link/nfqueue"
	"vxwall/inspect/guard"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Check returns an error for each value that is out of bounds, naming the key,
// the value and what would be accepted.
func (c *Config) Check() []KeyError {
	var errs []KeyError
	for key, choice := range c.choices() {
		if !slices.Contains(choice.accepted, choice.value) {
			errs = append(errs, KeyError{key, fmt.Sprintf("%q is none of %s", choice.value, strings.Join(choice.accepted, ", "))})
		}
	}
	for key, n := range c.numbers() {
		if n.value < n.min || n.value > n.max {
			errs = append(errs, KeyError{key, fmt.Sprintf("%d is not within %d to %d", n.value, n.min, n.max)})
		}
	}
	if d := c.Flows.PickupGrace; d < 0 || d > 30*24*time.Hour {
		errs = append(errs, KeyError{"flows.pickup_grace", fmt.Sprintf("%v is not within 0s to 720h", d)})
	}
	if d := c.Datapath.Heartbeat; d < 10*time.Millisecond || d > time.Minute {
		errs = append(errs, KeyError{"datapath.heartbeat", fmt.Sprintf("%v is not within 10ms to 1m0s", d)})
	}
	for key, d := range c.durations() {
		if d < time.Second || d > 30*24*time.Hour {
			errs = append(errs, KeyError{key, fmt.Sprintf("%v is not within 1s to 720h", d)})
		}
	}
	for key, n := range map[string]int{"events.buffer": c.Events.Buffer, "datapath.ring": c.Datapath.Ring} {
		if n&(n-1) != 0 {
			errs = append(errs, KeyError{key, fmt.Sprintf("%d is not a power of two", n)})
		}
	}
	errs = slices.Concat(errs, c.checkPlaces(), c.checkVNIs(), c.checkVTEP(), c.checkNFQueue(), c.checkTap(), c.checkGuard())
	slices.SortFunc(errs, func(a, b KeyError) int { return strings.Compare(a.Key, b.Key) })
	return errs
}

// KeyError is a value of the configuration that is not accepted.
type KeyError struct{ Key, Message string }

// Error names the key and what is wrong.
func (e KeyError) Error() string { return e.Key + ": " + e.Message }

type choice struct {
	value    string
	accepted []string
}

func (c *Config) choices() map[string]choice {
	d, p, t := &c.Decap, &c.Datapath, &c.VTEP
	fallbacks := slices.Sorted(maps.Keys(fallbacks))
	return map[string]choice{
		"datapath.mode":         {p.Mode, []string{"wire", "vtep", "tap", "nfqueue"}},
		"datapath.xdp":          {p.XDP, slices.Sorted(maps.Keys(xdpModes))},
		"datapath.on_death":     {p.OnDeath, fallbacks},
		"datapath.overload":     {p.Overload, fallbacks},
		"vtep.learn":            {t.Learn, onOff},
		"vtep.unknown":          {t.Unknown, unknowns},
		"vtep.others":           {t.Others, []string{"drop", "forward"}},
		"vtep.strangers":        {t.Strangers, []string{"accept", "drop"}},
		"vtep.dscp":             {t.DSCP, slices.Sorted(maps.Keys(dscpModels))},
		"vtep.ecn":              {t.ECN, slices.Sorted(maps.Keys(ecnModes))},
		"nfqueue.rules":         {c.NFQueue.Rules, ruleActions},
		"decap.not_vxlan":       {d.NotVXLAN, []string{"pass", "drop"}},
		"streams.on_limit":      {c.Streams.OnLimit, []string{"drop", "pass", "reject"}},
		"streams.on_invalid":    {c.Streams.OnInvalid, []string{"drop", "pass", "reject"}},
		"streams.checksums":     {c.Streams.Checksums, []string{"verify", "ignore"}},
		"streams.urgent":        {c.Streams.Urgent, []string{"inline", "drop", "oob", "gap"}},
		"decap.outer_fragments": {d.OuterFragments, []string{"drop", "pass"}},
		"decap.reserved_bits":   {d.ReservedBits, []string{"ignore", "strict"}},
		"decap.no_checksum6":    {d.NoChecksum6, []string{"accept", "drop"}},
		"decap.inner_checksums": {d.InnerChecksums, []string{"ignore", "drop"}},
		"decap.inner_vlan":      {d.InnerVLAN, slices.Sorted(maps.Keys(vlanActions))},
		"guard.mode":            {c.Guard.Mode, []string{"off", "learn", "enforce"}},
		"guard.nested":          {c.Guard.Nested, []string{"refuse", "allow"}},
		"guard.addresses":       {c.Guard.Addresses, []string{"arp", "packets", "off"}},
		"decap.nested":          {d.Nested, slices.Sorted(maps.Keys(nestedActions))},
		"flows.midstream":       {c.Flows.Midstream, []string{"drop", "pickup"}},
	}
}

var vlanActions = map[string]pipeline.VLANAction{
	"pass": pipeline.VLANPass, "strip": pipeline.VLANStrip, "drop": pipeline.VLANDrop,
}

var nestedActions = map[string]pipeline.NestedAction{
	"inspect": pipeline.NestedInspect, "drop": pipeline.NestedDrop, "pass": pipeline.NestedPass,
}

type number struct{ value, min, max int }

func (c *Config) numbers() map[string]number {
	return map[string]number{
		"datapath.workers":         {c.Datapath.Workers, 0, afxdp.MaxQueues},
		"datapath.offload_flows":   {c.Datapath.OffloadFlows, 1, 1 << 24},
		"datapath.ring":            {c.Datapath.Ring, afxdp.MinRing, afxdp.MaxRing},
		"vtep.entries":             {c.VTEP.Entries, 1, 1 << 24},
		"vtep.entries_per_network": {c.VTEP.EntriesPerNetwork, 1, 1 << 24},
		"vtep.ttl":                 {c.VTEP.TTL, 1, 255},
		"vtep.pipe_dscp":           {c.VTEP.PipeDSCP, 0, 63},
		"nfqueue.queue":            {c.NFQueue.Queue, 0, 1<<16 - 1},
		"nfqueue.count":            {c.NFQueue.Count, 1, nfqueue.MaxQueues},
		"nfqueue.buffer":           {c.NFQueue.Buffer, nfqueue.MinBuffer, nfqueue.MaxBuffer},
		"guard.bindings":           {c.Guard.Bindings, guard.MinBindings, guard.MaxBindings},
		"guard.moves":              {c.Guard.Moves, 1, 1000},
		"decap.nested_depth":       {c.Decap.NestedDepth, 1, pipeline.MaxNested},
		"decap.extension_headers":  {c.Decap.ExtensionHeaders, 0, 16},
		"fragments.memory":         {c.Fragments.Memory, minFragmentMemory, 1 << 32},
		"fragments.datagrams":      {c.Fragments.Datagrams, 1, 1 << 16},
		"streams.memory":           {c.Streams.Memory, minStreamMemory, 1 << 36},
		"streams.flow_memory":      {c.Streams.FlowMemory, 1 << 16, 4 << 20},
		"streams.depth":            {c.Streams.Depth, 0, 1 << 40},
		"fragments.pieces":         {c.Fragments.Pieces, 2, 8192},
		"flows.capacity":           {c.Flows.Capacity, 1, flow.MaxCapacity},
		"answers.rate":             {c.Answers.Rate, 0, 1_000_000},
		"events.buffer":            {c.Events.Buffer, 64, 1 << 20},
	}
}

func (c *Config) durations() map[string]time.Duration {
	f := &c.Flows
	return map[string]time.Duration{
		"fragments.timeout": c.Fragments.Timeout,
		"flows.tcp_new":     f.TCPNew, "flows.tcp_established": f.TCPEstablished,
		"flows.tcp_closing": f.TCPClosing, "flows.tcp_closed": f.TCPClosed,
		"flows.udp_new": f.UDPNew, "flows.udp_established": f.UDPEstablished,
		"flows.icmp": f.ICMP, "flows.other_new": f.OtherNew, "flows.other": f.Other, "flows.denied": f.Denied,
	}
}
