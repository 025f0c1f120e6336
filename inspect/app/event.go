package app

import "strings"

// Event is something odd about a flow or transaction, by its name in the rule
// language (app-layer-event:http.unknown_error).
type Event uint8

// EventSet is a set of events.
type EventSet [4]uint64

// Add puts an event into the set.
func (s *EventSet) Add(e Event) { s[e>>6] |= 1 << (e & 63) }

// Has says whether an event is in the set.
func (s *EventSet) Has(e Event) bool { return s[e>>6]&(1<<(e&63)) != 0 }

// Merge puts all of another set into this one.
func (s *EventSet) Merge(o *EventSet) {
	for i := range s {
		s[i] |= o[i]
	}
}

// Empty says whether the set has no event.
func (s *EventSet) Empty() bool { return *s == EventSet{} }

// The events. Each protocol has a block.
const (
	NoEvent Event = iota

	// Of the application layer itself.
	AppMismatchBothDirections  // applayer_mismatch_protocol_both_directions
	AppWrongDirectionFirstData // applayer_wrong_direction_first_data
	AppOneDirectionOnly        // applayer_detect_protocol_only_one_direction
	AppProtoUnexpected         // applayer_unexpected_protocol
	AppNoTLSAfterStartTLS      // applayer_no_tls_after_starttls

	// Of DNS.
	DNSMalformedData // dns.malformed_data
	DNSNotRequest    // dns.not_request
	DNSNotResponse   // dns.not_response
	DNSZFlagSet      // dns.z_flag_set
	DNSInvalidOpcode // dns.invalid_opcode
	DNSFlooded       // dns.flooded

	events
)

// eventNames are the events by the name in rules.
var eventNames = map[Event]string{
	AppMismatchBothDirections:  "applayer_mismatch_protocol_both_directions",
	AppWrongDirectionFirstData: "applayer_wrong_direction_first_data",
	AppOneDirectionOnly:        "applayer_detect_protocol_only_one_direction",
	AppProtoUnexpected:         "applayer_unexpected_protocol",
	AppNoTLSAfterStartTLS:      "applayer_no_tls_after_starttls",

	DNSMalformedData: "dns.malformed_data",
	DNSNotRequest:    "dns.not_request",
	DNSNotResponse:   "dns.not_response",
	DNSZFlagSet:      "dns.z_flag_set",
	DNSInvalidOpcode: "dns.invalid_opcode",
	DNSFlooded:       "dns.flooded",
}

// String is the event's name in rules.
func (e Event) String() string { return eventNames[e] }

// Short is the event's name without its protocol's, as events say it.
func (e Event) Short() string {
	name := eventNames[e]
	return name[strings.IndexByte(name, '.')+1:]
}

// EventByName returns the event with a name of the rule language.
func EventByName(name string) (Event, bool) {
	for e := NoEvent + 1; e < events; e++ {
		if eventNames[e] == name {
			return e, true
		}
	}
	return NoEvent, false
}
