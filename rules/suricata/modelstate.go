package suricata

// Flow is the flow keyword.
type Flow struct {
	ToServer, ToClient          bool
	Established, NotEstablished bool
	Stateless                   bool
	OnlyStream, NoStream        bool
	OnlyFrag, NoFrag            bool
}

// BitsOp is what is done with a bit.
type BitsOp uint8

// The operations.
const (
	BitSet BitsOp = iota
	BitUnset
	BitToggle
	BitIsSet
	BitIsNotSet
)

// Bits is flowbits, xbits and hostbits.
type Bits struct {
	Op     BitsOp
	Names  []string // several: or (flowbits:isset,a|b)
	Track  string   // xbits: "ip_src", "ip_dst", "ip_pair", "tx"; hostbits: "src", "dst", "both"; "" for flowbits
	Expire int      // seconds, 0: the default
}

// Int is flowint.
type Int struct {
	Name  string
	Op    string // "+", "-", "=", ">", "<", ">=", "<=", "==", "!=", "isset", "notset"
	Value Value
}

// TCPFlags is the flags keyword, fin = 0x01 ... cwr = 0x80.
type TCPFlags struct {
	Flags, Ignore uint8
	Op            byte // 0 exactly, '+' all and others, '*' any, '!' not these
}

// FragBits is the fragbits keyword: M 1, D 2, R 4.
type FragBits struct {
	Bits uint8
	Op   byte // 0 exactly, '+', '*', '!'
}

// FilterKind is the kind of a threshold.
type FilterKind uint8

// The kinds.
const (
	Limit FilterKind = iota
	ThresholdKind
	Both
	Backoff
	DetectionFilter
	RateFilter // of a threshold file
	Suppress   // of a threshold file
)

// Threshold limits how often a rule speaks, or says when it begins to.
type Threshold struct {
	Kind       FilterKind
	Track      string // "by_src", "by_dst", "by_rule", "by_both", "by_flow"
	Count      uint32
	Seconds    uint32
	Multiplier uint32 // of backoff
	Unique     string // of detection_filter: "src_port", "dst_port", "" for none

	// Of a threshold file only.
	GID, SID  uint32 // 0: all
	NewAction string
	Timeout   uint32
	Addresses Addresses
}

// Dataset is the dataset keyword.
type Dataset struct {
	Op                 string // "set", "unset", "isset", "isnotset"
	Name               string
	Type               string // "md5", "sha256", "string", "ipv4", "ip"
	Load               string
	State              string
	Memcap, HashSize   uint64
	Format, Enrichment string // datajson; Enrichment is context_key
	ValueKey           string
	RemoveKey          bool
}

// IPRep is the iprep keyword.
type IPRep struct {
	Side            string // "any", "src", "dst", "both"
	Category        string
	Op              Compare
	Value           uint8
	IsSet, IsNotSet bool
}

// Tag is the tag keyword.
type Tag struct {
	Host      bool
	Count     uint32
	Metric    string // "packets", "bytes", "seconds"
	Direction string // "src", "dst" for a host
}
