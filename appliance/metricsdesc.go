package appliance

import "github.com/prometheus/client_golang/prometheus"

// metric is a name with its help and labels, described once.
type metric struct {
	desc *prometheus.Desc
	kind prometheus.ValueType
}

// descriptions are those of all metrics.
var descriptions []*prometheus.Desc

func newCounter(name, help string, labels ...string) metric {
	return describe(prometheus.CounterValue, name, help, labels)
}

func newGauge(name, help string, labels ...string) metric {
	return describe(prometheus.GaugeValue, name, help, labels)
}

func describe(kind prometheus.ValueType, name, help string, labels []string) metric {
	m := metric{prometheus.NewDesc("vxwall_"+name, help, labels, nil), kind}
	descriptions = append(descriptions, m.desc)
	return m
}

// The sum of vxwall_packets_total over all labels is all packets that came, but
// for those held at present. A series appears with its first packet.
const packetsHelp = " by verdict, deciding stage and reason. Verdicts: forwarded, dropped, uninspected (forwarded)," +
	" monitored (forwarded, would be dropped in enforce mode). Stage kernel is the XDP program; it is empty where all agreed."

// The metrics, in the order of metricsemit.go.
var (
	mPackets     = newCounter("packets_total", "Packets"+packetsHelp, "verdict", "stage", "reason")
	mBytes       = newCounter("bytes_total", "Bytes of frames"+packetsHelp, "verdict", "stage", "reason")
	mHeld        = newGauge("held_fragments", "Fragments that wait for the rest of their datagram.")
	mReassembled = newCounter("reassembled_datagrams_total", "Fragmented inner datagrams put together.")
	mNested      = newCounter("nested_tunnels_total", "Tunnels inside the tunnel.")
	mCopies      = newCounter("copies_total", "Copies in tap mode that came in a mirror's VXLAN, shorter than their headers say, or once more (unwrapped, truncated, duplicate).", "what")
	mReserved    = newCounter("reserved_header_packets_total", "Packets with reserved bits of the VXLAN header set.")
	mAnswers     = newCounter("answers_total", "Resets and ICMP errors to senders of rejected flows, by result (sent, skipped).", "result")
	mWritten     = newCounter("events_written_total", "Events written to the log.")
	mLost        = newCounter("events_lost_total", "Events that did not fit into a ring or could not be written.")
	mAttention   = newGauge("attention", "Number of things that ask for attention, see vxwall status.")

	mFlows     = newGauge("flows", "Live flows.")
	mCapacity  = newGauge("flows_capacity", "Flows that there is room for.")
	mCreated   = newCounter("flows_created_total", "Flows that began.")
	mEnded     = newCounter("flows_ended_total", "Flows that ended, by reason (timeout, evicted, reused).", "reason")
	mPickedUp  = newCounter("flows_picked_up_total", "TCP connections joined in their middle.")
	mOffloaded = newGauge("offloaded_flow_directions", "Directions of flows that the kernel handles by itself.")

	mBuild        = newGauge("build_info", "Always 1.", "version")
	mPolicy       = newGauge("policy_info", "Always 1: the policy in force.", "revision", "mode")
	mRules        = newGauge("policy_rules", "Rules of the policy in force.")
	mLoaded       = newGauge("policy_loaded_timestamp_seconds", "When the policy in force was loaded.")
	mReloadGood   = newGauge("last_reload_success", "Whether the last reload was good; 1 if there was none.")
	mReloadedLast = newGauge("last_reload_timestamp_seconds", "When the last reload was asked for; 0 if there was none.")

	mWorkerPackets = newCounter("worker_received_packets_total", "Packets that came to a worker.", "worker")
	mWorkerBytes   = newCounter("worker_received_bytes_total", "Bytes of frames that came to a worker.", "worker")
	mWorkerFlows   = newGauge("worker_flows", "Live flows of a worker.", "worker")
	mWorkerCPU     = newCounter("worker_cpu_seconds_total", "CPU time of a worker's thread.", "worker")
	mWorkerSilent  = newGauge("worker_silent_seconds", "Time since a worker last gave a sign of life.", "worker")
	mHandedOver    = newCounter("worker_handed_over_frames_total", "Frames given to the workers that own them.", "worker")
	mTakenOver     = newCounter("worker_taken_over_frames_total", "Frames taken from other workers.", "worker")
	mHandOverFull  = newCounter("worker_hand_over_dropped_frames_total", "Frames dropped because the owner's ring was full.", "worker")
	mNoFrame       = newCounter("worker_unsent_frames_total", "Answers and held frames not sent for want of a free frame.", "worker")
	mRefused       = newCounter("worker_offload_refused_total", "Flow directions that did not fit into the offload map.", "worker")

	mPort            = newGauge("port_info", "Always 1: how a port runs.", "port", "driver", "xdp", "zero_copy")
	mPortMTU         = newGauge("port_mtu_bytes", "MTU of a port.", "port")
	mPortQueues      = newGauge("port_queues", "Receive queues of a port.", "port")
	mPortPackets     = newCounter("port_received_packets_total", "Packets of a port that went to the workers.", "port")
	mPortBytes       = newCounter("port_received_bytes_total", "Bytes of a port that went to the workers.", "port")
	mPortOffload     = newCounter("port_offloaded_packets_total", "Packets of a port that the kernel forwarded by itself.", "port")
	mPortOffloadByte = newCounter("port_offloaded_bytes_total", "Bytes of a port that the kernel forwarded by itself.", "port")
	mFrames          = newGauge("umem_frames", "Packet buffers by where they are.", "where")

	mQueueReceives = newCounter("queue_receives_total", "System calls that brought packets from a queue of the kernel.", "queue")
	mQueueSends    = newCounter("queue_verdict_sends_total", "System calls that gave verdicts to a queue of the kernel.", "queue")
	mQueueLost     = newCounter("queue_lost_packets_total", "Packets for which a queue of the kernel had no room.", "queue")
	mQueueNoRoom   = newCounter("queue_no_room_errors_total", "Times that the kernel told of lost packets by an error.", "queue")
	mQueueRefused  = newCounter("queue_refused_verdicts_total", "Verdicts that the kernel did not take.", "queue")
	mQueueCut      = newCounter("queue_cut_packets_total", "Packets too large to be handed over whole.", "queue")
	mQueueUnsent   = newCounter("queue_unsent_packets_total", "Answers and held packets that were not sent.", "queue")

	mPeers          = newGauge("vtep_peers", "Peer VTEPs, by whether frames can be sent to them.", "ready")
	mFDB            = newGauge("vtep_fdb_entries", "MAC addresses that the VTEP knows, by where from (static, kernel, learned).", "source")
	mMoves          = newCounter("vtep_moves_total", "MAC addresses heard from another peer than before.")
	mFull           = newCounter("vtep_learning_refused_total", "MAC addresses not learned because their network has its share.")
	mContradictions = newCounter("vtep_contradictions_total", "Packets whose source is behind another peer, as configuration or kernel say.")
	mStrangers      = newCounter("vtep_strangers_total", "Packets from VTEPs that are no peers, at most one counted in a millisecond.")
	mVTEPCopies     = newCounter("vtep_copies_total", "Frames sent beside those of packets_total, because a packet went to several peers, by result (sent, dropped).", "result")
	mClamped        = newCounter("vtep_clamped_total", "TCP SYN whose maximum segment size was lowered.")
	mChanges        = newCounter("vtep_changes_total", "How often peers or entries changed.")

	mRingReceived  = newCounter("ring_received_frames_total", "Frames received by an AF_XDP socket.", "port", "queue")
	mRingSent      = newCounter("ring_sent_frames_total", "Frames sent by an AF_XDP socket.", "port", "queue")
	mRingKicks     = newCounter("ring_kicks_total", "System calls to send.", "port", "queue")
	mRingRxDropped = newCounter("ring_rx_dropped_frames_total", "Frames for which there was no room.", "port", "queue")
	mRingRxInvalid = newCounter("ring_rx_invalid_descriptors_total", "Invalid descriptors of received frames.", "port", "queue")
	mRingRxFull    = newCounter("ring_rx_full_total", "Times the RX ring was full.", "port", "queue")
	mRingFillEmpty = newCounter("ring_fill_empty_total", "Times the fill ring was empty.", "port", "queue")
	mRingTxInvalid = newCounter("ring_tx_invalid_descriptors_total", "Invalid descriptors of frames to send.", "port", "queue")
	mRingTxEmpty   = newCounter("ring_tx_empty_total", "Times the TX ring was empty.", "port", "queue")
	mRingTxFull    = newCounter("ring_tx_full_frames_total", "Frames not sent because the TX ring was full.", "port", "queue")
	mRingTxError   = newCounter("ring_tx_error_frames_total", "Frames that the kernel refused to send.", "port", "queue")

	mBindings   = newGauge("guard_bindings", "What the underlay guard knows: MAC addresses, IP addresses, VTEPs.", "of")
	mRoom       = newGauge("guard_bindings_capacity", "MAC addresses that there is room for, and as many IP addresses.")
	mBelieved   = newCounter("guard_moves_total", "Moves that the underlay guard believed.")
	mNotLearned = newCounter("guard_not_learned_total", "Packets whose sender the underlay guard had no room to remember.")
	mSuspect    = newCounter("guard_reported_packets_total", "Packets that passed, and that the underlay guard would drop if it enforced, by reason.", "reason")
)
