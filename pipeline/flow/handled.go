package flow

// Handled is what someone else did with packets of one direction of a flow: the
// kernel, while the flow was offloaded.
type Handled struct {
	Packets, Bytes uint64 // Bytes are those of the outer frames
	Last           int64  // time of the newest packet, nanoseconds since 1970, 0 if there was none
	Next, Ack      uint32 // TCP: sequence number after the newest segment, its acknowledgement; valid iff Packets > 0
	Window         uint16 // TCP: of the newest segment, not scaled
}
