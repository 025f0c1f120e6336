package appliance

import "time"

// VTEPConfig is the [vtep] table: the VTEP that the appliance is in vtep mode.
type VTEPConfig struct {
	Addresses         []string      `toml:"addresses"`
	Follow            []string      `toml:"follow"`
	Learn             string        `toml:"learn"`
	Entries           int           `toml:"entries"`
	EntriesPerNetwork int           `toml:"entries_per_network"`
	Ageing            time.Duration `toml:"ageing"`
	Unknown           string        `toml:"unknown"`
	Others            string        `toml:"others"`
	Strangers         string        `toml:"strangers"`
	TTL               int           `toml:"ttl"`
	DSCP              string        `toml:"dscp"`
	PipeDSCP          int           `toml:"pipe_dscp"`
	ECN               string        `toml:"ecn"`
	Checksum6         bool          `toml:"checksum6"`
	ClampMSS          bool          `toml:"clamp_mss"`
}

// PeerConfig is one of the [[peer]] tables: another VTEP.
type PeerConfig struct {
	Name    string `toml:"name"`
	Address string `toml:"address"`
	Port    uint16 `toml:"port"`
	Side    int    `toml:"side"`
	Horizon string `toml:"horizon"`
	MTU     int    `toml:"mtu"`
}

// NetworkConfig is one of the [[network]] tables: a VXLAN network.
type NetworkConfig struct {
	ID      int            `toml:"id"`
	VNIs    []SideVNI      `toml:"vnis"`
	Peers   []string       `toml:"peers"`
	Pair    []string       `toml:"pair"`
	MACs    []StaticConfig `toml:"macs"`
	Learn   string         `toml:"learn"`
	Unknown string         `toml:"unknown"`
}

// SideVNI is what a network is called on one side.
type SideVNI struct {
	Side int `toml:"side"`
	VNI  int `toml:"vni"`
}

// StaticConfig says behind which peer a MAC address is.
type StaticConfig struct {
	MAC  string `toml:"mac"`
	Peer string `toml:"peer"`
}

// SideConfig is one of the [[side]] tables: what a fabric wants to see of groups.
type SideConfig struct {
	ID     int           `toml:"id"`
	Groups string        `toml:"groups"`
	Map    []GroupConfig `toml:"map"`
}

// GroupConfig is a Group Policy ID and what becomes of it.
type GroupConfig struct {
	From uint16 `toml:"from"`
	To   uint16 `toml:"to"`
}

// HealthConfig is the [health] table: a port for those who want to know whether
// the data plane works.
type HealthConfig struct {
	Listen string `toml:"listen"`
}

// defaultVTEP has the defaults of [vtep].
func defaultVTEP() VTEPConfig {
	return VTEPConfig{
		Addresses: []string{}, Follow: []string{}, Learn: "on", Entries: 65536, EntriesPerNetwork: 16384, Ageing: 5 * time.Minute,
		Unknown: "flood", Others: "forward", Strangers: "drop", TTL: 64, DSCP: "pipe", ECN: "normal", Checksum6: true, ClampMSS: true,
	}
}
