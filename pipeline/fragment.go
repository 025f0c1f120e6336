package pipeline

import (
	"vxwall/pipeline/stream"
	"vxwall/pipeline/wire"
)

// fragmentReasons maps what went wrong with a fragment to reasons.
var fragmentReasons = [...]Reason{
	stream.Refused:   FragmentBad,
	stream.Overlap:   FragmentOverlap,
	stream.Duplicate: FragmentDuplicate,
	stream.Limit:     FragmentLimit,
}

// fragment holds an inner fragment until its datagram is complete, judges the
// datagram, and forwards or drops the originals together.
func (w *Worker) fragment(p *Packet) {
	if p.Reassembled() { // fragments inside a fragmented tunnel packet
		p.refuse(StageDecap, FragmentLimit)
		return
	}
	f := p.streamFragment(w.cfg.ExtensionLimit)
	outcome, datagram := w.defrag.Add(&f)
	for outcome == stream.Limit && datagram == nil && w.defrag.Oldest() != nil {
		forwarded := w.abandon(w.defrag.Oldest(), FragmentLimit)
		outcome, datagram = w.defrag.Add(&f)
		if forwarded { // its memory comes back after Send: one at a time
			break
		}
	}
	switch outcome {
	case stream.Held:
		p.verdict, p.stage = Detour, StageDecap
	case stream.Complete:
		p.verdict, p.stage = Detour, StageDecap
		w.judgeDatagram(p, datagram)
	default:
		p.refuse(StageDecap, fragmentReasons[outcome])
		if outcome != stream.Duplicate && datagram != nil {
			w.settlePieces(datagram, p)
		}
	}
}

// streamFragment describes the fragment to package stream.
func (p *Packet) streamFragment(limit int) stream.Fragment {
	var h ipHeader
	packet := p.L3()
	h.parse(packet, p.etherType(), limit) // succeeded before, in parseIP
	key := stream.Key{Src: p.Flow.Src, Dst: p.Flow.Dst, VNI: p.Flow.VNI, Nested: p.Flow.Nested, VLAN: p.Flow.VLAN, ID: h.id}
	if !h.v6 {
		key.Proto = h.proto
	}
	copy(key.MACs[:], p.Inner())
	return stream.Fragment{
		Key: key, Frame: p.buf, Data: int(p.l4), Length: int(p.end) - int(p.l4),
		Offset: h.offset, More: h.more, Time: p.time, Handle: p.handle, Link: uint8(p.Link()),
	}
}

// etherType is that of an inner IP packet.
func (p *Packet) etherType() uint16 {
	if p.buf[p.l3]>>4 == 6 {
		return wire.TypeIPv6
	}
	return wire.TypeIPv4
}

// judgeDatagram judges a complete datagram and settles its pieces. last is the
// packet that completed it.
func (w *Worker) judgeDatagram(last *Packet, datagram *stream.Datagram) {
	whole := &w.whole
	w.counters.Reassembled++
	if reason := w.assemble(whole, last, datagram); reason != OK {
		whole.refuse(StageDecap, reason)
	} else {
		w.judge(whole)
	}
	if whole.Rejected() {
		w.answer(whole)
	}
	w.settlePieces(datagram, whole)
}

// assemble makes whole the datagram: the headers of its first fragment, made
// those of a whole packet, and all its data. The first fragment is parsed
// again: it may have other options or extension headers than the last.
func (w *Worker) assemble(whole, last *Packet, datagram *stream.Datagram) Reason {
	first := datagram.First()
	w.buffer = append(w.buffer[:0], first.Frame[:first.Data]...)
	w.buffer = datagram.Assemble(w.buffer)
	whole.reset(first.Frame, last.handle, last.time, LinkType(first.Link))
	if reason := w.parseAgain(whole, last.depth); reason != OK {
		return reason
	}
	packet := w.buffer[whole.l3:]
	if len(packet) > 0xffff {
		return FragmentBad
	}
	unfragment(packet, w.cfg.ExtensionLimit)
	whole.buf, whole.end = w.buffer, uint32(len(w.buffer))
	whole.flags = whole.flags&^flagFragment | flagReassembled
	return whole.parseIP(&w.cfg, int(whole.l3), whole.etherType())
}

// parseAgain parses a frame down to a depth of nested tunnels that it is known
// to have.
func (w *Worker) parseAgain(p *Packet, depth uint8) Reason {
	reason := p.decap(&w.cfg)
	for reason == OK && p.depth < depth {
		var t tunnel
		if t, _, reason = p.findTunnel(w.cfg.Ports); reason == OK {
			reason = p.enter(&w.cfg, &t)
		}
	}
	return reason
}

// unfragment makes an IP header with a fragment's fields that of a whole
// datagram of len(packet) bytes. The IPv6 fragment header stays, as that of an
// atomic fragment (RFC 6946).
func unfragment(packet []byte, limit int) {
	if packet[0]>>4 == 4 {
		ip := wire.IPv4(packet)
		ip.ClearFragment()
		ip.SetTotalLen(len(packet))
		ip.SetChecksum()
		return
	}
	var h ipHeader
	if h.parse(packet, wire.TypeIPv6, limit) == OK && h.fragmented {
		header := packet[h.len-8 : h.len]
		header[2], header[3] = 0, 0
	}
	wire.IPv6(packet).SetPayloadLen(len(packet) - wire.IPv6Len)
}

// settlePieces gives every held frame of a datagram the verdict of judged, and
// reports whether they are forwarded: then their memory is lent until Send.
func (w *Worker) settlePieces(datagram *stream.Datagram, judged *Packet) (forwarded bool) {
	verdict, stage, reason, rule := judged.verdict, judged.stage, judged.reason, judged.rule
	record, wide, now := judged.flow, judged.flags&(flagReply|flagFlowWide), judged.time
	for i := range datagram.Pieces {
		held := &datagram.Pieces[i]
		p := &w.piece
		p.reset(held.Frame, held.Handle, now, LinkType(held.Link))
		undone := p.decap(&w.cfg)
		p.verdict, p.stage, p.reason, p.rule = verdict, stage, reason, rule
		if p.Forwarded() && undone != OK { // the peer is gone since it came
			p.refuse(StageDecap, undone)
		} else if p.Forwarded() && p.Flow.VNI != judged.Flow.VNI { // or its VNI has become another network's
			p.refuse(StageDecap, UnknownVNI)
		}
		p.flow, p.flags = record, p.flags|wide
		w.settle(p)
		if p.Forwarded() {
			forwarded = true
			w.batch.extras = append(w.batch.extras, Extra{Bytes: p.buf, Time: now, Handle: held.Handle, After: w.at, Out: p.out})
		}
	}
	if forwarded {
		w.defrag.Take(datagram)
	} else {
		w.defrag.Release(datagram)
	}
	return forwarded
}

// abandon drops the frames of a datagram that will not be completed. It
// reports whether they are forwarded nevertheless, in monitor mode.
func (w *Worker) abandon(datagram *stream.Datagram, reason Reason) (forwarded bool) {
	if len(datagram.Pieces) > 0 {
		p := &w.whole
		p.reset(datagram.Pieces[0].Frame, datagram.Pieces[0].Handle, w.now, LinkEthernet)
		p.refuse(StageDecap, reason)
		forwarded = w.settlePieces(datagram, p)
	}
	w.defrag.Forget(datagram)
	return forwarded
}
