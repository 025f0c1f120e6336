package admin

import (
	"net/url"
	"strconv"
)

// Guard is how the underlay guard is doing.
type Guard struct {
	Mode       string  `json:"mode"`     // off, learn or enforce, where no VNI has its own
	Capacity   int     `json:"capacity"` // of MACs, and of Addresses
	MACs       int     `json:"macs"`
	Addresses  int     `json:"addresses"`
	VTEPs      int     `json:"vteps"`
	Moves      uint64  `json:"moves"`       // that were believed
	NotLearned uint64  `json:"not_learned"` // for want of room
	SuspectBy  []Count `json:"suspect_by"`  // reported, not dropped: learn
}

// Bindings is what the guard holds against packets, in no particular order if there
// are more than asked for.
type Bindings struct {
	Mode     string    `json:"mode"`
	Matching int       `json:"matching"` // MAC addresses
	Bindings []Binding `json:"bindings"`
	VTEPs    []Place   `json:"vteps"` // at which port a VTEP is; without a VNI in the query
}

// Binding is a MAC address of a network.
type Binding struct {
	VNI       uint32   `json:"vni"`
	VLAN      string   `json:"vlan,omitempty"`
	MAC       string   `json:"mac"`
	VTEP      string   `json:"vtep,omitempty"` // behind which it is; "" if only its addresses are known
	Addresses []string `json:"addresses"`      // that are its alone
	Heard
}

// Heard is since when something is known, and how.
type Heard struct {
	Source string  `json:"source"` // static or learned
	Age    float64 `json:"age_seconds"`
	Idle   float64 `json:"idle_seconds"` // since it was last heard; offloaded packets are not heard
	Moves  int     `json:"recent_moves"`
}

// Place is the port of the wire at which a VTEP is.
type Place struct {
	VTEP string `json:"vtep"`
	Port string `json:"port"`
	Heard
}

// BindingQuery asks for some bindings. The zero value asks for all.
type BindingQuery struct {
	Limit int // 0 = 1000
	VNI   *uint32
	Host  string // a MAC address, or an IP address of a workload or a VTEP
}

// Limits of a BindingQuery.
const (
	DefaultBindings = 1000
	MaxBindings     = 1 << 16
)

// Values returns the query as parameters of a URL.
func (q *BindingQuery) Values() url.Values {
	v := url.Values{}
	if q.Limit != 0 {
		v.Set("limit", strconv.Itoa(q.Limit))
	}
	if q.VNI != nil {
		v.Set("vni", strconv.FormatUint(uint64(*q.VNI), 10))
	}
	if q.Host != "" {
		v.Set("host", q.Host)
	}
	return v
}

// Forgotten is how many bindings were forgotten.
type Forgotten struct {
	Forgotten int `json:"forgotten"`
}
