package admin

import "time"

// Status is how the appliance is doing, since it was started.
type Status struct {
	Attention []string  `json:"attention"` // what is wrong, worst first; empty if nothing is
	Version   string    `json:"version"`
	PID       int       `json:"pid"`
	Started   time.Time `json:"started"`
	Uptime    float64   `json:"uptime_seconds"`
	Mode      string    `json:"mode"` // of deployment: wire, vtep or tap
	Policy    Policy    `json:"policy"`
	Reload    *Reload   `json:"last_reload,omitempty"` // nil if there was none
	Packets   Packets   `json:"packets"`
	Kernel    Kernel    `json:"kernel"`
	Flows     FlowStats `json:"flows"`
	Events    Events    `json:"events"`
	Ports     []Port    `json:"ports"`
	Workers   []Worker  `json:"workers"`
	Rings     []Ring    `json:"rings"`
	Frames    Frames    `json:"frames"`
	Queues    []Queue   `json:"queues,omitempty"` // of the kernel, in nfqueue mode
	Guard     *Guard    `json:"guard,omitempty"`  // nil if it is off
	VTEP      *VTEP     `json:"vtep,omitempty"`   // nil in other modes
}

// Policy is the policy in force.
type Policy struct {
	Revision   string     `json:"revision"` // its name in events
	Mode       string     `json:"mode"`     // enforce or monitor
	Since      time.Time  `json:"since"`
	Paths      []string   `json:"paths"` // as configured
	Files      []string   `json:"files"`
	Segments   int        `json:"segments"`
	Rules      int        `json:"rules"`
	NextExpiry *time.Time `json:"next_expiry,omitempty"` // of a rule
}

// Tally counts packets and the bytes of their frames, outer headers included.
type Tally struct {
	Packets uint64 `json:"packets"`
	Bytes   uint64 `json:"bytes"`
}

// Count is a tally of one reason.
type Count struct {
	Stage   string `json:"stage,omitempty"` // that decided; "kernel" is the XDP program
	Reason  string `json:"reason"`
	Meaning string `json:"meaning"`
	Tally
}

// Packets are those that came to the workers:
// Received = Forwarded + Dropped + Held.
type Packets struct {
	Received       Tally   `json:"received"`
	Forwarded      Tally   `json:"forwarded"`
	Dropped        Tally   `json:"dropped"`
	Held           uint64  `json:"held"` // fragments waiting at present
	DroppedBy      []Count `json:"dropped_by"`
	MonitoredBy    []Count `json:"monitored_by"`   // of Forwarded: would be dropped if the policy were enforced
	UninspectedBy  []Count `json:"uninspected_by"` // of Forwarded: no stage, or not every stage, looked into them
	Reassembled    uint64  `json:"reassembled"`
	Nested         uint64  `json:"nested"`
	ReservedBits   uint64  `json:"reserved_bits"`
	Unwrapped      uint64  `json:"unwrapped,omitempty"`  // tap mode: copies that came in a mirror's VXLAN
	Truncated      uint64  `json:"truncated,omitempty"`  // tap mode: copies that are shorter than their headers say
	Duplicates     uint64  `json:"duplicates,omitempty"` // tap mode: copies of packets that came already, not judged again
	Answers        uint64  `json:"answers"`              // resets and ICMP errors sent
	AnswersSkipped uint64  `json:"answers_skipped"`
}

// Kernel is what the XDP program did by itself, and none of Packets. It counts
// on while vxwall does not run.
type Kernel struct {
	ToWorkers Tally   `json:"to_workers"`
	Forwarded Tally   `json:"forwarded"`  // of offloaded flows
	DroppedBy []Count `json:"dropped_by"` // of offloaded flows, and as on_death and overload say
	RelayedBy []Count `json:"relayed_by"` // uninspected
	Offloaded int     `json:"offloaded"`  // directions of flows, at present
}

// FlowStats counts flows.
type FlowStats struct {
	Live     int    `json:"live"`
	Capacity int    `json:"capacity"`
	Created  uint64 `json:"created"`
	Expired  uint64 `json:"expired"`
	Evicted  uint64 `json:"evicted"`
	Reused   uint64 `json:"reused"`
	PickedUp uint64 `json:"picked_up"` // in the middle of a TCP connection
}

// Events is how the event log does.
type Events struct {
	File    string `json:"file"` // "" if there is none
	Written uint64 `json:"written"`
	Lost    uint64 `json:"lost"`
	Trouble string `json:"trouble,omitempty"` // why it cannot be written just now
}

// Port is one end of the wire.
type Port struct {
	Name     string `json:"name"`
	Driver   string `json:"driver"`
	Queues   int    `json:"queues"`
	MTU      int    `json:"mtu"`
	XDP      string `json:"xdp"` // native or generic
	ZeroCopy bool   `json:"zero_copy"`
	Note     string `json:"note,omitempty"` // why it is not faster
	Received Tally  `json:"received"`       // handed to the workers
	Offload  Tally  `json:"offloaded"`      // forwarded in the kernel
	Dropped  Tally  `json:"kernel_dropped"` // in the kernel
	Relayed  Tally  `json:"kernel_relayed"` // in the kernel: passed uninspected
}

// Worker is one thread that inspects.
type Worker struct {
	Received       Tally   `json:"received"`
	Flows          int     `json:"flows"`
	CPU            float64 `json:"cpu_seconds"`
	Silent         float64 `json:"silent_seconds"` // since it last gave a sign of life
	HandedOver     uint64  `json:"handed_over"`    // frames given to the workers that own them
	TakenOver      uint64  `json:"taken_over"`
	HandOverFull   uint64  `json:"hand_over_full"` // dropped: the owner's ring was full
	NoFrame        uint64  `json:"no_frame"`       // answers and held frames not sent
	OffloadRefused uint64  `json:"offload_refused"`
}

// Ring is one AF_XDP socket.
type Ring struct {
	Port          string `json:"port"`
	Queue         int    `json:"queue"`
	Worker        int    `json:"worker"`
	Received      uint64 `json:"received"`
	Sent          uint64 `json:"sent"`
	Kicks         uint64 `json:"kicks"`
	RxDropped     uint64 `json:"rx_dropped"`
	RxInvalid     uint64 `json:"rx_invalid"`
	RxRingFull    uint64 `json:"rx_ring_full"`
	FillRingEmpty uint64 `json:"fill_ring_empty"`
	TxInvalid     uint64 `json:"tx_invalid"`
	TxRingEmpty   uint64 `json:"tx_ring_empty"`
	TxFull        uint64 `json:"tx_full"`
	TxError       uint64 `json:"tx_error"`
}

// Queue is one queue of the kernel (NFQUEUE).
type Queue struct {
	Number   int    `json:"number"`
	Receives uint64 `json:"receives"` // system calls that brought packets
	Sends    uint64 `json:"sends"`    // system calls that gave verdicts
	Lost     uint64 `json:"lost"`     // packets without room: dropped or relayed, as overload says
	NoRoom   uint64 `json:"no_room"`  // times that the kernel told of it by an error
	Refused  uint64 `json:"refused"`  // verdicts that the kernel did not take
	Cut      uint64 `json:"cut"`      // packets too large to be handed over whole
	Unsent   uint64 `json:"unsent"`   // answers and held packets that were not sent
}

// Frames says where the packet buffers are.
type Frames struct {
	Total      int `json:"total"`
	Free       int `json:"free"`
	Fill       int `json:"fill"`
	Rx         int `json:"rx"`
	Tx         int `json:"tx"`
	Completion int `json:"completion"`
	Held       int `json:"held"`
	HandOver   int `json:"hand_over"`
	Size       int `json:"size"` // of one, bytes
}
