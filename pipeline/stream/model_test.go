package stream

import (
	"bytes"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// receiver is the end that reads what a sender writes. It takes part of what
// reaches it, in any order, and puts it together twice: once it keeps the first copy of
// a byte that it cannot read yet, once the last.
type receiver struct {
	first, last []int // byte of each place, -1 if there is none
	next        int   // place of the first byte it cannot read yet
	end         int   // place of the end, -1 if it did not come
}

func newReceiver(n int) *receiver {
	r := &receiver{first: make([]int, n), last: make([]int, n), end: -1}
	for i := range n {
		r.first[i], r.last[i] = -1, -1
	}
	return r
}

// take is given a segment for a place.
func (r *receiver) take(at int, data []byte, fin bool) {
	for i, b := range data {
		p := at + i
		if p < r.next || r.end >= 0 && p >= r.end {
			continue
		}
		if r.first[p] < 0 {
			r.first[p] = int(b)
		}
		r.last[p] = int(b)
	}
	if e := at + len(data); fin && e >= r.next && r.end < 0 {
		r.end = e
	}
	for r.next < len(r.first) && r.first[r.next] >= 0 && r.next != r.end {
		r.next++
	}
}

// conversation is a connection through a Conn, whose initiator sends what it likes.
type conversation struct {
	t        *rapid.T
	c        Conn
	base     uint32 // sequence number of place 0
	now      int64
	got      *receiver
	seen     []int // what the inspector saw: byte, -1 not yet, -2 gap
	spoofed  bool  // someone lied about what was received
	readOnly bool
	scale    int // bytes that are sent for one: more fill the blocks of memory
}

const places = 64

func converse(t *rapid.T, cfg PoolConfig) *conversation {
	p := NewPool(cfg)
	scale := rapid.SampledFrom([]int{1, 40}).Draw(t, "scale")
	v := &conversation{t: t, c: p.Open(), got: newReceiver(places * scale), seen: make([]int, places*scale), scale: scale}
	for i := range v.seen {
		v.seen[i] = -1
	}
	v.base = rapid.SampledFrom([]uint32{1000, 0, 1<<32 - 20, 1<<31 - 20}).Draw(t, "base")
	for answered := false; !answered; {
		v.syns()
		answered = v.give(&Segment{Dir: 1, Seq: 4999, Ack: v.base + uint32(v.got.next), Flags: SYN | ACK, Window: 60000}).Verdict == Pass
		if !answered {
			t.Fatal("the answer to a SYN that passed is dropped")
		}
	}
	v.give(&Segment{Seq: v.base + uint32(v.got.next), Ack: 5000, Flags: ACK, Window: 60000})
	return v
}

// syns sends SYNs with two numbers, with and without data, until one reaches the receiver, which takes
// its data or not (fast open), and perhaps more.
func (v *conversation) syns() {
	first := v.base
	for reached := false; !reached || rapid.Bool().Draw(v.t, "one more"); {
		isn := first - 1 - 5000*uint32(rapid.IntRange(0, 1).Draw(v.t, "number"))
		in := Segment{Seq: isn, Flags: SYN, Window: 60000, FastOpen: rapid.Bool().Draw(v.t, "fast open")}
		for _, b := range rapid.SliceOfN(rapid.Byte(), 0, 5).Draw(v.t, "SYN data") {
			in.Payload = append(in.Payload, bytes.Repeat([]byte{b}, v.scale)...)
		}
		if r := v.give(&in); r.Verdict != Pass || rapid.Bool().Draw(v.t, "SYN dies") || reached {
			continue
		}
		reached, v.base = true, isn+1
		if rapid.Bool().Draw(v.t, "takes") {
			v.got.take(0, in.Payload, false)
		}
	}
	v.check()
}

// give has the connection judge a segment, and notes what it shows.
func (v *conversation) give(in *Segment) Result {
	v.now += int64(rapid.SampledFrom([]int{0, 0, 1, 2e9}).Draw(v.t, "pause"))
	in.Now = v.now
	r := v.c.Segment(in)
	for d := range uint8(2) {
		for more := r.Fresh&(1<<d) != 0; more; more = v.c.Consumed(d) {
			data, offset, fresh, gap := v.c.Window(d)
			if d == 0 {
				v.look(data, int(offset), fresh, int(gap))
			}
		}
	}
	return r
}

// look notes fresh bytes, and compares the history with what was shown before.
func (v *conversation) look(data []byte, offset, fresh, gap int) {
	for i, b := range data {
		p := offset + i
		switch {
		case i < fresh && v.seen[p] != int(b):
			v.t.Fatalf("history at %d is %d, was %d", p, b, v.seen[p])
		case i >= fresh && v.seen[p] != -1:
			v.t.Fatalf("place %d is shown twice", p)
		}
		v.seen[p] = int(b)
	}
	for p := offset + fresh - gap; p < offset+fresh; p++ {
		if v.seen[p] != -1 {
			v.t.Fatalf("place %d was seen, and is said to be missing", p)
		}
		v.seen[p] = -2
	}
}

// send has the initiator send a segment of any bytes, which may be lost behind us.
func (v *conversation) send() {
	at := rapid.IntRange(0, places-1).Draw(v.t, "at")
	n := rapid.IntRange(0, min(12, places-at)).Draw(v.t, "length")
	in := Segment{Seq: v.base + uint32(at*v.scale), Ack: 5000, Flags: ACK, Window: 60000}
	for _, b := range rapid.SliceOfN(rapid.Byte(), n, n).Draw(v.t, "payload") {
		in.Payload = append(in.Payload, bytes.Repeat([]byte{b}, v.scale)...)
	}
	if rapid.IntRange(0, 9).Draw(v.t, "fin") == 0 {
		in.Flags |= FIN
	}
	if rapid.IntRange(0, 9).Draw(v.t, "urg") == 0 {
		in.Flags |= URG
		in.Urgent = uint16(rapid.IntRange(0, 14).Draw(v.t, "pointer"))
	}
	in.ReadOnly = v.readOnly && rapid.Bool().Draw(v.t, "readonly")
	r := v.give(&in)
	if r.Verdict != Pass || rapid.IntRange(0, 3).Draw(v.t, "dies") == 0 {
		return
	}
	if in.Flags&URG != 0 && !r.ClearUrgent {
		v.t.Fatalf("an urgent mark passes")
	}
	v.got.take(at*v.scale, in.Payload, in.Flags&FIN != 0)
	v.check()
}

// acknowledge has the receiver say how far it got; the segment may be lost before us.
func (v *conversation) acknowledge() {
	ack := v.got.next
	if v.got.end == ack {
		ack++
	}
	if rapid.IntRange(0, 3).Draw(v.t, "lost") > 0 {
		v.give(&Segment{Dir: 1, Seq: 5000, Ack: v.base + uint32(ack), Flags: ACK, Window: 60000})
	}
}

// spoof has somebody else say it, and lie.
func (v *conversation) spoof() {
	v.spoofed = true
	ack := v.scale * rapid.IntRange(0, places).Draw(v.t, "spoofed ack")
	v.give(&Segment{Dir: 1, Seq: 5000, Ack: v.base + uint32(ack), Flags: ACK, Window: 60000})
}

// press has another connection ask for memory.
func (v *conversation) press() {
	v.now += 2e9
	c := talk(v.c.pool)
	for i := range uint32(rapid.IntRange(1, 12).Draw(v.t, "others")) {
		c.Segment(&Segment{Seq: 1000 + 300*i, Ack: 5000, Flags: ACK, Payload: make([]byte, 200), Window: 500, Now: v.now})
		c.Consumed(0)
	}
	c.Close()
}

// check compares what the receiver can read with what the inspector saw.
func (v *conversation) check() {
	for p := range v.got.next {
		for _, read := range []int{v.got.first[p], v.got.last[p]} {
			if read == v.seen[p] || v.spoofed && read == 0 {
				continue
			}
			v.t.Fatalf("at %d the receiver reads %d, the inspector saw %d", p, read, v.seen[p])
		}
	}
	if v.got.end >= 0 && v.got.end == v.got.next && v.got.end < len(v.seen) && v.seen[v.got.end] >= 0 {
		v.t.Fatalf("the receiver's stream ends at %d, the inspector saw more", v.got.end)
	}
}

var modelConfigs = []PoolConfig{
	{Inline: true},
	{Inline: true, History: 5},
	{Inline: true, History: 1, Idle: 1, Hold: 1},
	{Inline: true, Segments: 2},
	{Inline: true, PerFlow: 600},
	{Inline: true, Memory: 800, Hold: 1},
	{Inline: true, Memory: 3 << 10, Hold: 1},
}

// honestly has a sender that does what it likes, and a receiver that tells the truth.
func honestly(t *rapid.T, cfg PoolConfig) {
	v := converse(t, cfg)
	v.readOnly = rapid.Bool().Draw(t, "some cannot be rewritten")
	t.Repeat(map[string]func(*rapid.T){
		"send":        func(*rapid.T) { v.send() },
		"send more":   func(*rapid.T) { v.send() },
		"acknowledge": func(*rapid.T) { v.acknowledge() },
		"press":       func(*rapid.T) { v.press() },
	})
	v.c.Close()
	if s := v.c.pool.Stats(); s.Memory != 0 || s.Pieces != 0 || s.Conns != 0 {
		t.Fatalf("memory left: %+v", s)
	}
}

// lying has somebody send acknowledgements in the name of the receiver.
func lying(t *rapid.T, cfg PoolConfig) {
	v := converse(t, cfg)
	t.Repeat(map[string]func(*rapid.T){
		"send":        func(*rapid.T) { v.send() },
		"send more":   func(*rapid.T) { v.send() },
		"acknowledge": func(*rapid.T) { v.acknowledge() },
		"press":       func(*rapid.T) { v.press() },
		"spoof":       func(*rapid.T) { v.spoof() },
	})
}

func TestReceiverReadsWhatWasSeen(t *testing.T) {
	for i, cfg := range modelConfigs {
		t.Run(fmt.Sprint(i), rapid.MakeCheck(func(t *rapid.T) { honestly(t, cfg) }))
	}
}

func TestSpoofedAcknowledgementsHideNothing(t *testing.T) {
	for i, cfg := range modelConfigs {
		t.Run(fmt.Sprint(i), rapid.MakeCheck(func(t *rapid.T) { lying(t, cfg) }))
	}
}

// FuzzReceiver looks for a conversation after which the receiver reads something else
// than was seen.
func FuzzReceiver(f *testing.F) {
	f.Fuzz(rapid.MakeFuzz(func(t *rapid.T) {
		cfg := rapid.SampledFrom(modelConfigs).Draw(t, "config")
		if rapid.Bool().Draw(t, "lies") {
			lying(t, cfg)
		} else {
			honestly(t, cfg)
		}
	}))
}
