// Package stream puts back together what the network carried in pieces: inner
// IP fragments into datagrams, and TCP segments into the streams that their
// receivers read. Everything is bounded and counted: bytes, pieces, time. A Defrag or a Pool
// belongs to one goroutine; time is handed in, in nanoseconds since 1970.
//
// # Fragments
//
// A Defrag (defrag.go, datagram.go, memory in slab.go) holds copies of whole
// frames, because the originals are forwarded or dropped together once the datagram was judged.
//
// # Streams
//
// A Pool holds the TCP connections of one worker. The life of a segment:
//
//	pool := NewPool(PoolConfig{Inline: true})
//	conn := pool.Open()                 // with the flow; conn.ID() is kept, pool.At(id) finds it again
//	seg := Segment{Dir: …, Seq: …, Payload: …}
//	seg.SetOptions(options)
//	r := conn.Segment(&seg)             // r.Verdict, r.Events; r.Rewritten: mend the checksum
//	for d := range uint8(2) {           // the acknowledgement may release the other direction
//		for more := r.Fresh&(1<<d) != 0; more; more = conn.Consumed(d) {
//			data, offset, fresh, gap := conn.Window(d)
//			…                   // look at data[fresh:], with the history before it
//		}
//	}                                   // r.End&(1<<d): nothing comes after that
//	conn.Close()                        // when the flow ends
//
// Inline, a segment is judged before its receiver has it. What keeps that true
// whatever the two ends, or others, send:
//
//   - Any byte of a segment that passes is the first that came for its place in
//     the stream; later copies are overwritten with it. So it does not matter which
//     copies reach the receiver (time to live, checksums), in which order, or which it prefers.
//   - Bytes are kept until their receiver acknowledged them. Copies of older
//     ones are overwritten with zeros where they are not known any more: a receiver that
//     told the truth does not look at them.
//   - What a receiver would not take is dropped (PAWS, windows, acknowledgements of what was
//     never sent, RFC 5961), so that strangers cannot say first what a sender says later.
//   - What waits behind a gap passes, since its receiver cannot read it; a copy is
//     read with the segment that fills the gap. If there is no room for it, it is dropped, and comes again.
//   - A segment cannot make a stream shorter than what was seen: an end before it is refused.
//   - Urgent marks are taken off, or the byte is taken out where the receiver does so too.
//   - Bytes a SYN brings are the first copy, whether or not the receiver takes them.
//
// Of copies (PoolConfig.Inline false) nothing is dropped or rewritten, and losses
// on the way to us are skipped once the other end acknowledged what came after.
//
// The files: pool.go configuration and memory; arena.go blocks of bytes; idle.go who
// gives memory back; conn.go a connection and what it shows; segment.go what comes in and out;
// tcp.go the road of a segment; open.go and handshake.go how connections begin; check.go what is
// refused; ack.go acknowledgements and losses; data.go, buffer.go and hold.go bytes in
// order, again and ahead; urgent.go; close.go; event.go.
package stream
