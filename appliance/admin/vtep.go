package admin

import (
	"net/url"
	"strconv"
	"time"
)

// VTEP is what a VTEP knows of its overlay.
type VTEP struct {
	Addresses []string  `json:"addresses"` // own
	Peers     []Peer    `json:"peers"`
	Networks  []Network `json:"networks"` // with a table, followed, or with learned addresses
	FDB       FDBStats  `json:"fdb"`
	Devices   []Device  `json:"followed"`     // of the kernel
	Moves     []Move    `json:"recent_moves"` // newest last
	Strangers uint64    `json:"strangers"`    // packets from VTEPs that are no peers, at most one counted in a millisecond
	Stranger  string    `json:"last_stranger,omitempty"`
	Trouble   string    `json:"trouble,omitempty"` // why the overlay is not what it should be
	Changes   uint64    `json:"changes"`           // how often it changed

	Copies        Tally  `json:"copies"`         // sent beside the packets forwarded, because they went to several peers
	CopiesDropped uint64 `json:"copies_dropped"` // that could not be
	Clamped       uint64 `json:"clamped"`        // TCP SYN whose maximum segment size was lowered
}

// Peer is another VTEP.
type Peer struct {
	Name    string `json:"name"` // its address, if the kernel's FDB alone names it
	Address string `json:"address"`
	Port    uint16 `json:"port"` // UDP
	Side    int    `json:"side"`
	Horizon string `json:"horizon,omitempty"`
	Source  string `json:"source"`   // own address that speaks to it
	Leaves  string `json:"leaves"`   // port
	NextHop string `json:"next_hop"` // the peer itself or a gateway
	MAC     string `json:"mac"`      // of the next hop
	MTU     int    `json:"mtu"`      // of the path, bytes of an outer IP packet
	Ready   bool   `json:"ready"`    // its next hop is known
	Trouble string `json:"trouble,omitempty"`
	Kernel  bool   `json:"kernel"` // the kernel's FDB names it
	Learned int    `json:"learned"`
}

// Network is a VXLAN network.
type Network struct {
	ID      uint32         `json:"id"`
	VNIs    map[int]uint32 `json:"vnis,omitempty"` // by side; ID on all if empty
	Flood   int            `json:"flood"`          // peers that get BUM traffic
	Static  int            `json:"static"`         // MAC addresses of the configuration
	Kernel  int            `json:"kernel"`         // of the kernel's FDB
	Learned int            `json:"learned"`
	Pair    bool           `json:"pair,omitempty"`
}

// FDBStats counts MAC addresses.
type FDBStats struct {
	Learned        uint64 `json:"learned"` // at present
	Capacity       int    `json:"capacity"`
	Static         int    `json:"static"`
	Kernel         int    `json:"kernel"`
	Skipped        int    `json:"skipped"`        // of the kernel, that have no place here
	Moves          uint64 `json:"moves"`          // addresses heard from another peer than before
	Full           uint64 `json:"full"`           // not learned: the network has its share
	Contradictions uint64 `json:"contradictions"` // packets whose source is said to be elsewhere
}

// Device is a VXLAN device of the kernel that is followed.
type Device struct {
	Name    string `json:"name"`
	VNI     uint32 `json:"vni"`
	Entries int    `json:"entries"`
	Skipped int    `json:"skipped"`
	Trouble string `json:"trouble,omitempty"`
}

// Move is a MAC address that was heard from another peer than before.
type Move struct {
	Time    time.Time `json:"time"`
	Network uint32    `json:"network"`
	MAC     string    `json:"mac"`
	From    string    `json:"from"` // addresses of VTEPs
	To      string    `json:"to"`
	Static  bool      `json:"static,omitempty"` // it contradicts an entry, which stays in force
}

// Entry is where a MAC address is.
type Entry struct {
	Network uint32  `json:"network"`
	MAC     string  `json:"mac"` // "flood" for BUM traffic
	Peer    string  `json:"peer"`
	Address string  `json:"address"`
	Port    uint16  `json:"port"`
	Source  string  `json:"source"`                 // static, kernel or learned
	Idle    float64 `json:"idle_seconds,omitempty"` // of learned: since the last packet
}

// Sources of an Entry.
const (
	FromConfig  = "static"
	FromKernel  = "kernel"
	FromPackets = "learned"
)

// FDB answers an FDBQuery.
type FDB struct {
	Entries  []Entry `json:"entries"`
	Matching int     `json:"matching"`
}

// FDBQuery asks for some entries. The zero value asks for all.
type FDBQuery struct {
	Limit  int // 0 = 1000
	VNI    *uint32
	MAC    string
	Peer   string // its name or address
	Source string // static, kernel or learned
}

// Limits of an FDBQuery.
const (
	DefaultEntries = 1000
	MaxEntries     = 1_000_000
)

// Values returns the query as parameters of a URL.
func (q *FDBQuery) Values() url.Values {
	v := url.Values{}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.VNI != nil {
		v.Set("vni", strconv.FormatUint(uint64(*q.VNI), 10))
	}
	for name, value := range map[string]string{"mac": q.MAC, "peer": q.Peer, "source": q.Source} {
		if value != "" {
			v.Set(name, value)
		}
	}
	return v
}
