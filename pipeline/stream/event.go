package stream

import "math/bits"

// Event is something odd about a segment. The names are those of Suricata's
// stream-event keyword; what each means is told there and in its
// stream-events.rules.
type Event uint8

// The events.
const (
	Ev3whsAckInWrongDir Event = iota
	Ev3whsAsyncWrongSeq
	Ev3whsRightSeqWrongAckEvasion
	Ev3whsSynackInWrongDirection
	Ev3whsSynackResendWithDifferentAck
	Ev3whsSynackResendWithDiffSeq
	Ev3whsSynackToserverOnSynRecv
	Ev3whsSynackWithWrongAck
	Ev3whsSynackFlood
	Ev3whsSynackTFODataIgnored
	Ev3whsSynFlood
	Ev3whsSynResendDiffSeqOnSynRecv
	Ev3whsSynToclientOnSynRecv
	Ev3whsWrongSeqWrongAck
	Ev3whsAckDataInject
	Ev4whsSynackWithWrongAck
	Ev4whsSynackWithWrongSyn
	Ev4whsWrongSeq
	Ev4whsInvalidAck
	EvClosewaitAckOutOfWindow
	EvClosewaitFinOutOfWindow
	EvClosewaitPktBeforeLastAck
	EvClosewaitInvalidAck
	EvClosingAckWrongSeq
	EvClosingInvalidAck
	EvEstPacketOutOfWindow
	EvEstPktBeforeLastAck
	EvEstSynackResend
	EvEstSynackResendWithDifferentAck
	EvEstSynackResendWithDiffSeq
	EvEstSynackToserver
	EvEstSynResend
	EvEstSynResendDiffSeq
	EvEstSynToclient
	EvEstInvalidAck
	EvFinInvalidAck
	EvFin1AckWrongSeq
	EvFin1FinWrongSeq
	EvFin1InvalidAck
	EvFin2AckWrongSeq
	EvFin2FinWrongSeq
	EvFin2InvalidAck
	EvFinButNoSession
	EvFinOutOfWindow
	EvFinSyn
	EvLastackAckWrongSeq
	EvLastackInvalidAck
	EvRstButNoSession
	EvRstInvalidAck
	EvTimewaitAckWrongSeq
	EvTimewaitInvalidAck
	EvShutdownSynResend
	EvPktInvalidTimestamp
	EvPktInvalidAck
	EvPktBrokenAck
	EvPktRetransmission
	EvPktSpuriousRetransmission
	EvPktBadWindowUpdate
	EvSuspectedRstInject
	EvWrongThread // the caller's to set: here there is but one thread
	EvSegmentBeforeBaseSeq
	EvNoSegment
	EvSeqGap
	EvOverlapDifferentData
	EvDepthReached
	EvInsertMemcap
	EvInsertLimit
	EvInsertInvalid
	EvUrgentOOBLimit

	events // number of events
)

var eventNames = [events]string{
	Ev3whsAckInWrongDir:                "3whs_ack_in_wrong_dir",
	Ev3whsAsyncWrongSeq:                "3whs_async_wrong_seq",
	Ev3whsRightSeqWrongAckEvasion:      "3whs_right_seq_wrong_ack_evasion",
	Ev3whsSynackInWrongDirection:       "3whs_synack_in_wrong_direction",
	Ev3whsSynackResendWithDifferentAck: "3whs_synack_resend_with_different_ack",
	Ev3whsSynackResendWithDiffSeq:      "3whs_synack_resend_with_diff_seq",
	Ev3whsSynackToserverOnSynRecv:      "3whs_synack_toserver_on_syn_recv",
	Ev3whsSynackWithWrongAck:           "3whs_synack_with_wrong_ack",
	Ev3whsSynackFlood:                  "3whs_synack_flood",
	Ev3whsSynackTFODataIgnored:         "3whs_synack_tfo_data_ignored",
	Ev3whsSynFlood:                     "3whs_syn_flood",
	Ev3whsSynResendDiffSeqOnSynRecv:    "3whs_syn_resend_diff_seq_on_syn_recv",
	Ev3whsSynToclientOnSynRecv:         "3whs_syn_toclient_on_syn_recv",
	Ev3whsWrongSeqWrongAck:             "3whs_wrong_seq_wrong_ack",
	Ev3whsAckDataInject:                "3whs_ack_data_inject",
	Ev4whsSynackWithWrongAck:           "4whs_synack_with_wrong_ack",
	Ev4whsSynackWithWrongSyn:           "4whs_synack_with_wrong_syn",
	Ev4whsWrongSeq:                     "4whs_wrong_seq",
	Ev4whsInvalidAck:                   "4whs_invalid_ack",
	EvClosewaitAckOutOfWindow:          "closewait_ack_out_of_window",
	EvClosewaitFinOutOfWindow:          "closewait_fin_out_of_window",
	EvClosewaitPktBeforeLastAck:        "closewait_pkt_before_last_ack",
	EvClosewaitInvalidAck:              "closewait_invalid_ack",
	EvClosingAckWrongSeq:               "closing_ack_wrong_seq",
	EvClosingInvalidAck:                "closing_invalid_ack",
	EvEstPacketOutOfWindow:             "est_packet_out_of_window",
	EvEstPktBeforeLastAck:              "est_pkt_before_last_ack",
	EvEstSynackResend:                  "est_synack_resend",
	EvEstSynackResendWithDifferentAck:  "est_synack_resend_with_different_ack",
	EvEstSynackResendWithDiffSeq:       "est_synack_resend_with_diff_seq",
	EvEstSynackToserver:                "est_synack_toserver",
	EvEstSynResend:                     "est_syn_resend",
	EvEstSynResendDiffSeq:              "est_syn_resend_diff_seq",
	EvEstSynToclient:                   "est_syn_toclient",
	EvEstInvalidAck:                    "est_invalid_ack",
	EvFinInvalidAck:                    "fin_invalid_ack",
	EvFin1AckWrongSeq:                  "fin1_ack_wrong_seq",
	EvFin1FinWrongSeq:                  "fin1_fin_wrong_seq",
	EvFin1InvalidAck:                   "fin1_invalid_ack",
	EvFin2AckWrongSeq:                  "fin2_ack_wrong_seq",
	EvFin2FinWrongSeq:                  "fin2_fin_wrong_seq",
	EvFin2InvalidAck:                   "fin2_invalid_ack",
	EvFinButNoSession:                  "fin_but_no_session",
	EvFinOutOfWindow:                   "fin_out_of_window",
	EvFinSyn:                           "fin_syn",
	EvLastackAckWrongSeq:               "lastack_ack_wrong_seq",
	EvLastackInvalidAck:                "lastack_invalid_ack",
	EvRstButNoSession:                  "rst_but_no_session",
	EvRstInvalidAck:                    "rst_invalid_ack",
	EvTimewaitAckWrongSeq:              "timewait_ack_wrong_seq",
	EvTimewaitInvalidAck:               "timewait_invalid_ack",
	EvShutdownSynResend:                "shutdown_syn_resend",
	EvPktInvalidTimestamp:              "pkt_invalid_timestamp",
	EvPktInvalidAck:                    "pkt_invalid_ack",
	EvPktBrokenAck:                     "pkt_broken_ack",
	EvPktRetransmission:                "pkt_retransmission",
	EvPktSpuriousRetransmission:        "pkt_spurious_retransmission",
	EvPktBadWindowUpdate:               "pkt_bad_window_update",
	EvSuspectedRstInject:               "suspected_rst_inject",
	EvWrongThread:                      "wrong_thread",
	EvSegmentBeforeBaseSeq:             "reassembly_segment_before_base_seq",
	EvNoSegment:                        "reassembly_no_segment",
	EvSeqGap:                           "reassembly_seq_gap",
	EvOverlapDifferentData:             "reassembly_overlap_different_data",
	EvDepthReached:                     "reassembly_depth_reached",
	EvInsertMemcap:                     "reassembly_insert_memcap",
	EvInsertLimit:                      "reassembly_insert_limit",
	EvInsertInvalid:                    "reassembly_insert_invalid",
	EvUrgentOOBLimit:                   "reassembly_urgent_oob_limit_reached",
}

// EventNames are the names of all events, by number.
func EventNames() []string { return eventNames[:] }

// String is the event's name in rules, without "stream.".
func (e Event) String() string { return eventNames[e] }

// ParseEvent finds an event by its name in rules.
func ParseEvent(name string) (Event, bool) {
	for e, n := range eventNames {
		if n == name {
			return Event(e), true
		}
	}
	return 0, false
}

// EventSet is a set of events.
type EventSet [2]uint64

// Has says whether an event is in the set.
func (s *EventSet) Has(e Event) bool { return s[e>>6]&(1<<(e&63)) != 0 }

// Empty says whether there is none.
func (s *EventSet) Empty() bool { return s[0]|s[1] == 0 }

// Next returns the first event at or after e; false if there is none.
func (s *EventSet) Next(e Event) (Event, bool) {
	for ; e < events; e = (e | 63) + 1 {
		if rest := s[e>>6] >> (e & 63); rest != 0 {
			return e + Event(bits.TrailingZeros64(rest)), true
		}
	}
	return 0, false
}

func (s *EventSet) add(e Event) { s[e>>6] |= 1 << (e & 63) }
