package pipeline

import (
	"time"

	"vxwall/pipeline/flow"
	"vxwall/pipeline/overlay"
)

// VLANAction says what happens to inner VLAN tags (RFC 7348 section 6.1).
type VLANAction uint8

// The actions on inner VLAN tags.
const (
	VLANDrop VLANAction = iota
	VLANPass
	VLANStrip
)

// NestedAction says what happens to a tunnel inside the tunnel.
type NestedAction uint8

// The actions on nested tunnels.
const (
	NestedDrop    NestedAction = iota
	NestedInspect              // judge the tunnel, and what it carries too
	NestedPass                 // judge the tunnel, count what it carries as uninspected
)

// Config says how packets are taken apart and which limits hold. The zero
// value of each choice is the strict one; see Default.
type Config struct {
	Ports []uint16 // UDP ports that mean VXLAN
	Plain bool     // frames are not encapsulated: all belong to PlainVNI

	PlainVNI uint32

	PassNotVXLAN      bool // forward what is not VXLAN, uninspected
	PassOuterFragment bool // forward outer fragments, uninspected
	AcceptReserved    bool // forward reserved bits of the VXLAN header as they are
	AcceptNoChecksum6 bool // outer UDP checksum 0 over IPv6 (RFC 6935)
	IgnoreChecksums   bool // do not verify inner checksums

	VLAN           VLANAction
	Nested         NestedAction
	NestedDepth    int // tunnels inside the tunnel, if inspected; at most MaxNested
	ExtensionLimit int // IPv6 extension headers per packet

	Fragments FragmentConfig
	Hold      HoldConfig
	Flow      flow.Config

	AnswerRate int // resets and ICMP errors per second, at most

	Guard Guard // nil: packets may come from anywhere

	// Passive: frames are copies, of which nothing leaves. See passive.go.
	Passive bool
	// Duplicates is for how long the same packet again counts as a copy of the first,
	// which is not judged; 0 for never.
	Duplicates time.Duration
	// Mirror says what to take off frames before anything else; nil for nothing.
	Mirror *Mirror

	// Overlay makes the pipeline a VTEP: what passes leaves with another outer
	// header. nil is a wire. The workers share it.
	Overlay *overlay.Overlay
	// Copies and CopyBytes bound what one batch may send beside what it received,
	// because a packet goes to several peers. They are memory of each worker of a
	// VTEP. 0 is DefaultCopies and DefaultCopyBytes.
	Copies    int
	CopyBytes int

	vtep *vtep // of the worker that this is a copy for
}

// Copies of frames where nothing else is configured.
const (
	DefaultCopies    = 4 * BatchSize
	DefaultCopyBytes = DefaultCopies * 2048
)

// FragmentConfig bounds the wait for the rest of a fragmented inner datagram.
type FragmentConfig struct {
	Memory    int           // bytes of frames held
	Datagrams int           // incomplete datagrams
	PerPacket int           // fragments of one datagram
	Timeout   time.Duration // from the first fragment
}

// MaxNested is the largest Config.NestedDepth.
const MaxNested = 8

// Default is the configuration of an appliance that nobody configured, but for
// the seed.
func Default() Config {
	return Config{
		Ports:             []uint16{4789},
		PassNotVXLAN:      true,
		AcceptReserved:    true,
		AcceptNoChecksum6: true,
		IgnoreChecksums:   true,
		VLAN:              VLANPass,
		Nested:            NestedInspect,
		NestedDepth:       2,
		ExtensionLimit:    8,
		Fragments:         FragmentConfig{Memory: 8 << 20, Datagrams: 1024, PerPacket: 128, Timeout: 30 * time.Second},
		Hold:              HoldConfig{Memory: 16 << 20, Frames: 4096},
		Flow:              flow.Config{Capacity: 1 << 18, Timeouts: flow.DefaultTimeouts},
		AnswerRate:        1000,
	}
}
