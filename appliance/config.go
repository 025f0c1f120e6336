package appliance

import (
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Config is the configuration file, /etc/vxwall/vxwall.toml. DefaultConfig has
// the defaults; configs/vxwall.toml explains every key.
type Config struct {
	Datapath  DatapathConfig  `toml:"datapath"`
	VNI       []VNIConfig     `toml:"vni"`
	VTEP      VTEPConfig      `toml:"vtep"`
	Peer      []PeerConfig    `toml:"peer"`
	Network   []NetworkConfig `toml:"network"`
	Side      []SideConfig    `toml:"side"`
	NFQueue   NFQueueConfig   `toml:"nfqueue"`
	Tap       TapConfig       `toml:"tap"`
	Decap     DecapConfig     `toml:"decap"`
	Guard     GuardConfig     `toml:"guard"`
	Fragments FragmentConfig  `toml:"fragments"`
	Flows     FlowConfig      `toml:"flows"`
	Streams   StreamConfig    `toml:"streams"`
	Answers   AnswerConfig    `toml:"answers"`
	Rules     RulesConfig     `toml:"rules"`
	Events    EventsConfig    `toml:"events"`
	Admin     AdminConfig     `toml:"admin"`
	Metrics   MetricsConfig   `toml:"metrics"`
	Health    HealthConfig    `toml:"health"`
}

// DatapathConfig is the [datapath] table. All but the VXLAN ports is for `vxwall
// run` alone.
type DatapathConfig struct {
	Mode         string        `toml:"mode"`
	Ports        []string      `toml:"ports"`
	VXLANPorts   []uint16      `toml:"vxlan_ports"`
	XDP          string        `toml:"xdp"`
	Workers      int           `toml:"workers"`
	Offload      bool          `toml:"offload"`
	OffloadFlows int           `toml:"offload_flows"`
	OnDeath      string        `toml:"on_death"`
	Overload     string        `toml:"overload"`
	Heartbeat    time.Duration `toml:"heartbeat"`
	Ring         int           `toml:"ring"`
	Pin          string        `toml:"pin"`
}

// VNIConfig is one of the [[vni]] tables: what is different for some VXLAN
// networks. An ID is a number, or a string such as "200-299".
type VNIConfig struct {
	ID      []any  `toml:"id"`
	OnDeath string `toml:"on_death"`
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
	EVE     string `toml:"eve"`
	Buffer  int    `toml:"buffer"`
	Payload bool   `toml:"payload"`
}

// AdminConfig is the [admin] table: the socket that status, flows, drops and
// reload speak to.
type AdminConfig struct {
	Socket      string `toml:"socket"`
	Group       string `toml:"group"`
	Permissions string `toml:"permissions"`
}

// MetricsConfig is the [metrics] table.
type MetricsConfig struct {
	Listen string `toml:"listen"`
}

// DefaultConfig returns what holds where the file says nothing.
func DefaultConfig() Config {
	p, t, l := pipeline.Default(), flow.DefaultTimeouts, afxdp.DefaultConfig()
	return Config{
		Datapath: DatapathConfig{
			Mode: "wire", Ports: []string{}, VXLANPorts: p.Ports, XDP: l.XDP.String(), Workers: l.Workers,
			Offload: true, OffloadFlows: l.Offload, OnDeath: l.OnDeath.String(), Overload: l.Overload.String(),
			Heartbeat: l.Heartbeat, Ring: l.Ring, Pin: l.Pin,
		},
		VTEP:    defaultVTEP(),
		NFQueue: defaultNFQueue(),
		Tap:     defaultTap(),
		Decap: DecapConfig{
			NotVXLAN: "pass", OuterFragments: "drop", ReservedBits: "ignore", NoChecksum6: "accept",
			InnerChecksums: "ignore", InnerVLAN: "pass", Nested: "inspect",
			NestedDepth: p.NestedDepth, ExtensionHeaders: p.ExtensionLimit,
		},
		Guard: defaultGuard(),
		Fragments: FragmentConfig{
			Memory: p.Fragments.Memory, Datagrams: p.Fragments.Datagrams, Pieces: p.Fragments.PerPacket, Timeout: p.Fragments.Timeout,
		},
		Flows: FlowConfig{
			Capacity: p.Flow.Capacity, Midstream: "drop", PickupGrace: time.Minute,
			TCPNew: t.TCPNew, TCPEstablished: t.TCPEstablished, TCPClosing: t.TCPClosing, TCPClosed: t.TCPClosed,
			UDPNew: t.UDPNew, UDPEstablished: t.UDPEstablished, ICMP: t.ICMP,
			OtherNew: t.OtherNew, Other: t.Other, Denied: t.Denied,
		},
		Streams: defaultStreams(),
		Answers: AnswerConfig{Rate: p.AnswerRate},
		Rules:   RulesConfig{Paths: []string{"/etc/vxwall/rules.d"}},
		Events:  EventsConfig{EVE: "/var/log/vxwall/eve.json", Buffer: 8192},
		Admin:   AdminConfig{Socket: "/run/vxwall/vxwall.sock", Group: "root", Permissions: "0660"},
		Metrics: MetricsConfig{Listen: "127.0.0.1:9789"},
	}
}
