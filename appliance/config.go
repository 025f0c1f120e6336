package appliance

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Config is the configuration file, /etc/vxwall/vxwall.toml. DefaultConfig has
// the defaults; configs/vxwall.toml explains every key.
type Config struct {
	Datapath  DatapathConfig `toml:"datapath"`
	Decap     DecapConfig    `toml:"decap"`
	Fragments FragmentConfig `toml:"fragments"`
	Flows     FlowConfig     `toml:"flows"`
	Answers   AnswerConfig   `toml:"answers"`
	Rules     RulesConfig    `toml:"rules"`
	Events    EventsConfig   `toml:"events"`
}

// DatapathConfig is the [datapath] table.
type DatapathConfig struct {
	VXLANPorts []uint16 `toml:"vxlan_ports"`
}

// DecapConfig is the [decap] table: what happens to packets that are not plain
// VXLAN with a plain Ethernet frame inside.
type DecapConfig struct {
	NotVXLAN         string `toml:"not_vxlan"`
	OuterFragments   string `toml:"outer_fragments"`
	ReservedBits     string `toml:"reserved_bits"`
	NoChecksum6      string `toml:"no_checksum6"`
	InnerChecksums   string `toml:"inner_checksums"`
	InnerVLAN        string `toml:"inner_vlan"`
	Nested           string `toml:"nested"`
	NestedDepth      int    `toml:"nested_depth"`
	ExtensionHeaders int    `toml:"extension_headers"`
}

// FragmentConfig is the [fragments] table: how much the reassembly of inner
// fragments may hold.
type FragmentConfig struct {
	Memory    int           `toml:"memory"`
	Datagrams int           `toml:"datagrams"`
	Pieces    int           `toml:"pieces"`
	Timeout   time.Duration `toml:"timeout"`
}

// FlowConfig is the [flows] table.
type FlowConfig struct {
	Capacity       int           `toml:"capacity"`
	Midstream      string        `toml:"midstream"`
	PickupGrace    time.Duration `toml:"pickup_grace"`
	TCPNew         time.Duration `toml:"tcp_new"`
	TCPEstablished time.Duration `toml:"tcp_established"`
	TCPClosing     time.Duration `toml:"tcp_closing"`
	TCPClosed      time.Duration `toml:"tcp_closed"`
	UDPNew         time.Duration `toml:"udp_new"`
	UDPEstablished time.Duration `toml:"udp_established"`
	ICMP           time.Duration `toml:"icmp"`
	OtherNew       time.Duration `toml:"other_new"`
	Other          time.Duration `toml:"other"`
	Denied         time.Duration `toml:"denied"`
}

// AnswerConfig is the [answers] table: resets and ICMP errors of the firewall.
type AnswerConfig struct {
	Rate int `toml:"rate"`
}

// RulesConfig is the [rules] table.
type RulesConfig struct {
	Paths []string `toml:"paths"`
}

// EventsConfig is the [events] table.
type EventsConfig struct {
	EVE    string `toml:"eve"`
	Buffer int    `toml:"buffer"`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	p, t := pipeline.Default(), flow.DefaultTimeouts
	return Config{
		Datapath: DatapathConfig{VXLANPorts: p.Ports},
		Decap: DecapConfig{
			NotVXLAN: "pass", OuterFragments: "drop", ReservedBits: "ignore", NoChecksum6: "accept",
			InnerChecksums: "ignore", InnerVLAN: "pass", Nested: "inspect",
			NestedDepth: p.NestedDepth, ExtensionHeaders: p.ExtensionLimit,
		},
		Fragments: FragmentConfig{
			Memory: p.Fragments.Memory, Datagrams: p.Fragments.Datagrams, Pieces: p.Fragments.PerPacket, Timeout: p.Fragments.Timeout,
		},
		Flows: FlowConfig{
			Capacity: p.Flow.Capacity, Midstream: "drop", PickupGrace: time.Minute,
			TCPNew: t.TCPNew, TCPEstablished: t.TCPEstablished, TCPClosing: t.TCPClosing, TCPClosed: t.TCPClosed,
			UDPNew: t.UDPNew, UDPEstablished: t.UDPEstablished, ICMP: t.ICMP,
			OtherNew: t.OtherNew, Other: t.Other, Denied: t.Denied,
		},
		Answers: AnswerConfig{Rate: p.AnswerRate},
		Rules:   RulesConfig{Paths: []string{"/etc/vxwall/rules.d"}},
		Events:  EventsConfig{EVE: "/var/log/vxwall/eve.json", Buffer: 8192},
	}
}

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
	for key, d := range c.durations() {
		if d < time.Second || d > 30*24*time.Hour {
			errs = append(errs, KeyError{key, fmt.Sprintf("%v is not within 1s to 720h", d)})
		}
	}
	if len(c.Datapath.VXLANPorts) == 0 || slices.Contains(c.Datapath.VXLANPorts, 0) {
		errs = append(errs, KeyError{"datapath.vxlan_ports", "want at least one UDP port, each 1 to 65535"})
	}
	if len(c.Rules.Paths) == 0 {
		errs = append(errs, KeyError{"rules.paths", "want at least one file or directory"})
	}
	if n := c.Events.Buffer; n&(n-1) != 0 {
		errs = append(errs, KeyError{"events.buffer", fmt.Sprintf("%d is not a power of two", n)})
	}
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
	d := &c.Decap
	return map[string]choice{
		"decap.not_vxlan":       {d.NotVXLAN, []string{"pass", "drop"}},
		"decap.outer_fragments": {d.OuterFragments, []string{"drop", "pass"}},
		"decap.reserved_bits":   {d.ReservedBits, []string{"ignore", "strict"}},
		"decap.no_checksum6":    {d.NoChecksum6, []string{"accept", "drop"}},
		"decap.inner_checksums": {d.InnerChecksums, []string{"ignore", "drop"}},
		"decap.inner_vlan":      {d.InnerVLAN, slices.Sorted(maps.Keys(vlanActions))},
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
		"decap.nested_depth":      {c.Decap.NestedDepth, 1, pipeline.MaxNested},
		"decap.extension_headers": {c.Decap.ExtensionHeaders, 0, 16},
		"fragments.memory":        {c.Fragments.Memory, 1 << 17, 1 << 32},
		"fragments.datagrams":     {c.Fragments.Datagrams, 1, 1 << 16},
		"fragments.pieces":        {c.Fragments.Pieces, 2, 8192},
		"flows.capacity":          {c.Flows.Capacity, 1, flow.MaxCapacity},
		"answers.rate":            {c.Answers.Rate, 0, 1_000_000},
		"events.buffer":           {c.Events.Buffer, 64, 1 << 20},
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

// Pipeline returns the pipeline's configuration, with a random seed, for one
// that starts at a time: from there pickup_grace runs. The zero time has none.
// The configuration passed Check.
func (c *Config) Pipeline(start time.Time) pipeline.Config {
	d, f := &c.Decap, &c.Flows
	var pickupUntil int64
	if !start.IsZero() {
		pickupUntil = start.Add(f.PickupGrace).UnixNano()
	}
	return pipeline.Config{
		Ports:             c.Datapath.VXLANPorts,
		PassNotVXLAN:      d.NotVXLAN == "pass",
		PassOuterFragment: d.OuterFragments == "pass",
		AcceptReserved:    d.ReservedBits == "ignore",
		AcceptNoChecksum6: d.NoChecksum6 == "accept",
		IgnoreChecksums:   d.InnerChecksums == "ignore",
		VLAN:              vlanActions[d.InnerVLAN],
		Nested:            nestedActions[d.Nested],
		NestedDepth:       d.NestedDepth,
		ExtensionLimit:    d.ExtensionHeaders,
		Fragments: pipeline.FragmentConfig{
			Memory: c.Fragments.Memory, Datagrams: c.Fragments.Datagrams, PerPacket: c.Fragments.Pieces, Timeout: c.Fragments.Timeout,
		},
		Flow: flow.Config{
			Capacity: f.Capacity, Midstream: f.Midstream == "pickup", PickupUntil: pickupUntil, Seed: randomSeed(),
			Timeouts: flow.Timeouts{
				TCPNew: f.TCPNew, TCPEstablished: f.TCPEstablished, TCPClosing: f.TCPClosing, TCPClosed: f.TCPClosed,
				UDPNew: f.UDPNew, UDPEstablished: f.UDPEstablished, ICMP: f.ICMP,
				OtherNew: f.OtherNew, Other: f.Other, Denied: f.Denied,
			},
		},
		AnswerRate: c.Answers.Rate,
	}
}

// randomSeed returns bits that whoever sends packets cannot guess.
func randomSeed() (s flow.Seed) {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return flow.Seed{binary.LittleEndian.Uint64(b[:8]), binary.LittleEndian.Uint64(b[8:])}
}
