package admin

import (
	"net/url"
	"strconv"
)

// Flows is the answer to a FlowQuery: those with most bytes first.
type Flows struct {
	Total    int    `json:"total"`    // live
	Matching int    `json:"matching"` // that the query asks for
	Flows    []Flow `json:"flows"`    // the first of them
}

// Flow is a live flow. Its source is who began it.
type Flow struct {
	Key
	State       string  `json:"state"`
	Action      string  `json:"action"` // allow, deny or reject; "" if not judged
	Rule        string  `json:"rule"`   // "default" if none matched, or such as "control.dhcp"
	FromSegment string  `json:"from_segment"`
	ToSegment   string  `json:"to_segment"`
	Revision    string  `json:"policy_revision"`
	Forth       Way     `json:"to_destination"`
	Back        Way     `json:"to_source"`
	Age         float64 `json:"age_seconds"`
	Idle        float64 `json:"idle_seconds"`
	Midstream   bool    `json:"midstream,omitempty"` // its beginning was not seen
	Worker      int     `json:"worker"`
	ID          uint64  `json:"flow_id"` // as in events
}

// Way is one direction of a flow. The numbers include what the kernel did.
type Way struct {
	Tally
	VTEP      string `json:"vtep,omitempty"` // it comes from
	Group     uint16 `json:"group,omitempty"`
	Offloaded bool   `json:"offloaded"` // the kernel handles it by itself
}

// Key says who speaks to whom.
type Key struct {
	VNI     uint32 `json:"vni"`
	VLAN    string `json:"vlan,omitempty"`   // inner tags, such as "7" or "7.8"
	Nested  string `json:"tunnel,omitempty"` // inside the tunnel: depth and identifier
	Proto   string `json:"proto"`
	Src     string `json:"src"`
	SrcPort uint16 `json:"src_port,omitempty"`
	Dst     string `json:"dst"`
	DstPort uint16 `json:"dst_port,omitempty"`
	Service string `json:"service,omitempty"` // as rules name it, such as tcp/22
}

// FlowQuery asks for some flows. The zero value asks for all.
type FlowQuery struct {
	Limit   int // 0 = 50
	VNI     *uint32
	Host    string // an address or a prefix, of either end
	Port    uint16 // of either end
	Proto   string // such as tcp, or a number
	Segment string // of either end
	Rule    string
	Denied  bool
	Active  int // seconds: only those with a packet since then; 0 for all
}

// Limits of a FlowQuery.
const (
	DefaultFlows = 50
	MaxFlows     = 10_000
	MaxActive    = 24 * 60 * 60
)

// Values returns the query as parameters of a URL.
func (q *FlowQuery) Values() url.Values {
	v := url.Values{}
	set := func(name, value string, given bool) {
		if given {
			v.Set(name, value)
		}
	}
	set("limit", strconv.Itoa(q.Limit), q.Limit != 0)
	if q.VNI != nil {
		v.Set("vni", strconv.FormatUint(uint64(*q.VNI), 10))
	}
	set("host", q.Host, q.Host != "")
	set("port", strconv.Itoa(int(q.Port)), q.Port != 0)
	set("proto", q.Proto, q.Proto != "")
	set("segment", q.Segment, q.Segment != "")
	set("rule", q.Rule, q.Rule != "")
	set("denied", "true", q.Denied)
	set("active", strconv.Itoa(q.Active), q.Active != 0)
	return v
}

// FlowReport is a live flow and why it passes or not.
type FlowReport struct {
	Flow
	InForce string `json:"policy_in_force"` // the flow may have been judged by an older one
	// Explanation is what `vxwall explain` would print, by the policy in force and what
	// is known of both ends now.
	Explanation string `json:"explanation"`
}
