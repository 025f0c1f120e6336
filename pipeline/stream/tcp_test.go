package stream

import "testing"

const open = `
> S 999 w=8000
< SA 4999,1000 w=8000
> A 1000,5000 w=8000
`

var inline = PoolConfig{Inline: true}

func TestStreams(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    PoolConfig
		script string
	}{
		{"in order", inline, open + `
			> PA 1000,5000 "GET / " => data "GET / " quiet
			> PA 1006,5000 "HTTP" => data "HTTP" quiet
			< PA 5000,1010 "200" => data "200" quiet
			> A 1010,5003 => quiet`},
		{"a gap is judged when it is filled", inline, open + `
			> PA 1003,5000 "def" => quiet
			> PA 1009,5000 "jkl"
			> PA 1000,5000 "abc" => data "abcdef"
			> PA 1006,5000 "ghi" => data "ghijkl"`},
		{"a retransmission with other bytes", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> PA 1000,5000 "abX" => wire "abc" pkt_retransmission reassembly_overlap_different_data
			> PA 1001,5000 "XYdef" => wire "bcdef" data "def" reassembly_overlap_different_data`},
		{"overlaps with pieces behind a gap", inline, open + `
			> PA 1002,5000 "cd"
			> PA 1006,5000 "gh"
			> PA 1001,5000 "BCDEFGHI" => wire "BcdEFghI"
			> PA 1000,5000 "aXXXX" => wire "aBcdE" data "aBcdEFghI"`},
		{"keep-alives", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< A 5000,1003
			> A 1002,5000 "\x00" => wire "c" quiet
			> A 1002,5000 => quiet`},
		{"window probes pass, what is beyond does not", inline, open + `
			< A 5000,1000 w=0
			> A 8999,5000 "x"
			> A 9000,5000 "y"
			> A 9001,5000 "z" => drop invalid est_packet_out_of_window`},
		{"acknowledgement of what was not sent", inline, open + `
			> PA 1000,5001 "abc" => drop invalid est_invalid_ack pkt_invalid_ack
			> PA 1000,5000 "xyz" => data "xyz"`},
		{"an end that acknowledges what was not sent", inline, open + `
			> FA 1000,5001 => drop invalid fin_invalid_ack pkt_invalid_ack`},
		{"no ACK flag", inline, open + `
			> P 1000 "abc" => drop invalid
			> P 1000,5000 "abc" => drop invalid pkt_broken_ack`},
		{"sequence numbers wrap", inline, `
			> S 4294967293
			< SA 4294967295,4294967294
			> A 4294967294,0
			> PA 0,0 "cdef"
			> PA 4294967294,0 "abXX" => wire "abcd" data "abcdef"
			< PA 0,4 "uv" => data "uv"
			> PA 4,2 "gh" => data "gh"`},
		{"timestamps", inline, `
			> S 999 ts=100
			< SA 4999,1000 ts=500
			> A 1000,5000 ts=101
			> PA 1000,5000 "abc" ts=99 => drop invalid pkt_invalid_timestamp
			> PA 1000,5000 "xyz" ts=102 => data "xyz"
			> PA 1006,5000 "ghi" ts=110
			> PA 1003,5000 "def" ts=105 => data "defghi"
			> A 1009,5000 ts=104 => pkt_invalid_timestamp`},
		{"timestamps of what is refused do not count", inline, `
			> S 999 ts=100
			< SA 4999,1000 ts=500
			> A 1000,5000 ts=101
			> PA 1000,6000 "bad" ts=9999 => drop invalid
			> PA 1000,5000 "abc" ts=102 => data "abc"`},
		{"an acknowledgement at a guessed number", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< A 5000,1000
			< A 99000,1003 => drop invalid est_packet_out_of_window
			> PA 1000,5000 "XYZ" => wire "abc"`},
		{"depth", PoolConfig{Inline: true, Depth: 5}, open + `
			> PA 1000,5000 "abc" => data "abc"
			> PA 1003,5000 "defg" => data "de" unseen=2 stop reassembly_depth_reached
			> PA 1002,5000 "XXXX" => wire "cdeX" unseen=1
			< A 5000,1007
			> PA 1007,5000 "hij" => unseen=3`},
		{"urgent data are read in place by everyone", inline, open + `
			> PAU 1000,5000 "aXb" urg=2 => data "aXb" clear`},
		{"urgent data taken out", PoolConfig{Inline: true, Urgent: UrgentOOB}, open + `
			> PAU 1000,5000 "aXb" urg=2 => data "ab"
			> PAU 1000,5000 "AXB" urg=2 => wire "aXb"
			> PA 1000,5000 "aXb" => drop urgent
			> PAU 1003,5000 "cYd" urg=2 => drop urgent
			< A 5000,1003
			> PAU 1003,5000 "cYd" urg=2 => data "cd"
			> PA 1006,5000 "e" => data "e"`},
		{"urgent data refused", PoolConfig{Inline: true, Urgent: UrgentDrop}, open + `
			> PAU 1000,5000 "aXb" urg=2 => drop urgent`},
		{"wrong checksums", inline, open + `
			> PA 1000,5000 "xyz" bad => drop invalid quiet
			> R 1000 bad => drop invalid quiet
			> PA 1000,5000 "abc" => data "abc" quiet`},
		{"cannot be rewritten", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> PA 1000,5000 "abc" ro
			> PA 1000,5000 "abX" ro => drop conflict`},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.cfg, tt.script) })
	}
}

func TestClosing(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    PoolConfig
		script string
	}{
		{"the initiator first", inline, open + `
			> FA 1000,5000 "bye" => data "bye" end
			< A 5000,1004
			< PA 5000,1004 "ok" => data "ok"
			< FA 5002,1004 => end
			> A 1004,5003`},
		{"an end behind a gap", inline, open + `
			> FA 1003,5000 "def"
			> PA 1000,5000 "abc" => data "abcdef" end`},
		{"nothing comes after the end", inline, open + `
			> FA 1003,5000 "def"
			> PA 1006,5000 "ghi" => drop invalid closewait_ack_out_of_window
			> FA 1003,5000 "defg" => drop invalid closewait_fin_out_of_window`},
		{"an end that cuts off", inline, open + `
			> PA 1000,5000 "abcdef" => data "abcdef"
			> FA 1000,5000 "abc" => drop invalid fin_out_of_window pkt_retransmission`},
		{"a reset at the right place", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> R 1003 => quiet
			> PA 1003,5000 "def" => data "def" suspected_rst_inject
			> PA 1006,5000 "ghi" => data "ghi" quiet`},
		{"a reset at the number that its receiver knows", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> R 1000`},
		{"a guessed reset", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< A 5000,1003
			> R 1002 => drop invalid
			> R 1005 => drop invalid
			> RA 1003,6000 => drop invalid rst_invalid_ack`},
		{"the same ports again", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< RA 5000,1003
			> S 77999 => quiet
			< SA 88999,78000 => restart
			> A 78000,89000
			> PA 78000,89000 "new" => data "new"`},
		{"an end that forgot the connection", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> S 77999 => est_syn_resend_diff_seq
			< SA 88999,78000 => restart
			> A 78000,89000
			> PA 78000,89000 "new" => data "new"`},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.cfg, tt.script) })
	}
}

func TestBothEndsClosed(t *testing.T) {
	play(t, inline, open+`
		< FA 5000,1000 => end quiet
		> A 1000,5001 => quiet
		> PA 1000,5001 "abc" => data "abc" quiet
		> FA 1003,5001 => end
		< A 5001,1004
		> S 77999 "x" tfo => restart data "x"
		< SA 88999,78001
		> A 78001,89000 => quiet`)
	play(t, inline, open+`
		< FA 5000,1000 => end
		> FA 1000,5000 => end
		> FA 1000,5001 => quiet
		< A 5001,1001
		> PA 1000,5001 "abc" => drop invalid timewait_ack_wrong_seq`)
}

func TestUrgentMarkWithoutData(t *testing.T) {
	play(t, inline, open+`
		> AU 1000,5000 urg=3 => clear
		> PA 1000,5000 "abc" => data "abc"
		> PAU 1003,5000 "d" urg=1 ro => drop urgent`)
	play(t, PoolConfig{Inline: true, Urgent: UrgentOOB}, open+`
		> AU 1000,5000 urg=3
		> PA 1003,5000 "de"
		> PA 1000,5000 "abc" => data "abde"
		> PA 1000,5000 "xbcd" => drop urgent wire "abcd"`)
}

// TestUrgentLimit has more urgent bytes than may be taken out, and shows what was
// kept of the stream around them.
func TestUrgentLimit(t *testing.T) {
	cfg := PoolConfig{Inline: true, Urgent: UrgentOOB, UrgentOOBLimit: 2}
	_, c := play(t, cfg, open+`
		> PAU 1000,5000 "a!b" urg=2 => data "ab"
		< A 5000,1003
		> PAU 1003,5000 "c!d" urg=2 => data "cd"
		< A 5000,1006
		> PAU 1006,5000 "e!f" urg=2 => drop urgent reassembly_urgent_oob_limit_reached
		> PA 1006,5000 "g" => data "g"`)
	if data, offset, fresh, _ := c.Window(0); string(data) != "abcdg" || offset != 0 || fresh != 5 {
		t.Errorf("%q at %d, %d fresh", data, offset, len(data)-fresh)
	}
}

func TestStop(t *testing.T) {
	p, c := play(t, inline, open+`
		> PA 1000,5000 "abc" => data "abc"
		> PA 1006,5000 "ghi"`)
	if !c.Pending(0) || c.Pending(1) || !c.Established() || p.At(c.ID()) != c || !c.Valid() || (Conn{}).Valid() {
		t.Error("what it says of itself is wrong")
	}
	c.Stop(0)
	if !c.Stopped(0) || c.Stopped(1) || c.Pending(0) || p.Stats().Unseen != 3 {
		t.Errorf("%+v", p.Stats())
	}
	for _, tt := range []struct {
		seq, ack   uint32
		flags, dir uint8
		data, wire string
		unseen     uint32
	}{
		{1002, 5000, ACK, 0, "XYZ", "cYZ", 2}, // not acknowledged yet
		{5000, 9999, ACK, 1, "", "", 0},       // of what an offload forwarded
		{1000, 5000, ACK, 0, "XYZ", "XYZ", 3},
		{2_000_001_000, 5000, ACK, 0, "XYZ", "XYZ", 3},
		{4_000_001_000, 5000, ACK | FIN, 0, "XYZ", "XYZ", 3},
	} {
		in := Segment{Dir: tt.dir, Seq: tt.seq, Ack: tt.ack, Flags: tt.flags, Payload: []byte(tt.data), Window: 8000}
		r := c.Segment(&in)
		if r.Verdict != Pass || string(in.Payload) != tt.wire || r.Uninspected != tt.unseen || r.Fresh != 0 {
			t.Errorf("at %d: %q, %+v", tt.seq, in.Payload, r)
		}
	}
	if c.Memory() != 0 {
		t.Errorf("%d bytes kept", c.Memory())
	}
}

func TestPolicies(t *testing.T) {
	flow := PoolConfig{Inline: true, Segments: 1}
	for _, tt := range []struct {
		action Action
		script string
	}{
		{ActDrop, `> PA 1007,5000 "h" => drop flow-limit reassembly_insert_limit
			> PA 1000,5000 "abcd" => data "abcd" quiet`},
		{ActReject, `> PA 1007,5000 "h" => reject flow-limit`},
		{ActPass, `> PA 1007,5000 "h" => flow-limit unseen=1 stop
			> PA 1000,5000 "abcd" => unseen=4`},
	} {
		flow.Policy[CauseFlow] = tt.action
		play(t, flow, open+"> PA 1005,5000 \"f\"\n"+tt.script)
	}
}

func TestCopyWithoutRoom(t *testing.T) {
	play(t, PoolConfig{Segments: 1}, open+`
		> PA 1002,5000 "c"
		> PA 1004,5000 "e" => gap=2 data "c" flow-limit unseen=1 reassembly_insert_limit reassembly_seq_gap
		> PA 1003,5000 "def" => data "def"`)
	play(t, PoolConfig{Memory: 256}, open+`
		> PA 1000,5000 "`+string(make([]byte, 300))+`" => memory unseen=300 reassembly_insert_memcap reassembly_seq_gap
		> PA 1300,5000 "abc" => gap=300 data "abc"`)
}

func TestSetOptions(t *testing.T) {
	for _, tt := range []struct {
		options string
		want    Segment
	}{
		{"\x01\x01\x08\x0a\x00\x00\x00\x02\x00\x00\x00\x03", Segment{HasTS: true, TSVal: 2, TSEcr: 3}},
		{"\x02\x04\x05\xb4\x04\x02\x08\x0a\x00\x00\x00\x02\x00\x00\x00\x00\x01\x03\x03\x07", Segment{HasTS: true, TSVal: 2, HasScale: true, Scale: 7}},
		{"\x03\x03\x1f", Segment{HasScale: true, Scale: 14}},
		{"\x22\x02", Segment{FastOpen: true}},
		{"\xfe\x04\xf9\x89", Segment{FastOpen: true}},
		{"\xfe\x04\xf9\x88", Segment{}},
		{"\x00\x22\x02", Segment{}},
		{"\x05\x01\x22\x02", Segment{}},
		{"\x05\x09\x22\x02", Segment{}},
		{"\x08", Segment{}},
	} {
		var got Segment
		if got.SetOptions([]byte(tt.options)); got.HasTS != tt.want.HasTS || got.TSVal != tt.want.TSVal || got.TSEcr != tt.want.TSEcr ||
			got.HasScale != tt.want.HasScale || got.Scale != tt.want.Scale || got.FastOpen != tt.want.FastOpen {
			t.Errorf("%q: %+v", tt.options, got)
		}
	}
}

func TestEventNames(t *testing.T) {
	var all EventSet
	if !all.Empty() {
		t.Error("not empty")
	}
	for e := range events {
		if e.String() == "" {
			t.Errorf("event %d has no name", e)
		}
		if got, ok := ParseEvent(e.String()); !ok || got != e {
			t.Errorf("%s is parsed to %v", e, got)
		}
		if all.Has(e) {
			t.Errorf("%s is in the set", e)
		}
		all.add(e)
	}
	if n := len(eventNamesOf(&all)); n != int(events) {
		t.Errorf("%d of %d events", n, events)
	}
}

func TestAhead(t *testing.T) {
	p := NewPool(PoolConfig{Inline: true, History: 4})
	c := talk(p)
	for _, tt := range []struct {
		seq        uint32
		payload    string
		data       string
		fresh      int
		rewritten  bool
		noMoreHeld bool
	}{
		{1002, "c", "c", 0, false, false},
		{1004, "ef", "ef", 0, false, false},
		{1003, "d", "cd", 1, false, false},
		{1006, "g", "cdefg", 4, false, false},
		{1007, "hij", "defghij", 4, false, false},
		{1008, "XYkl", "efghijkl", 4, true, false},
		{1000, "ab", "", 0, false, true},
	} {
		in := Segment{Seq: tt.seq, Ack: 5000, Flags: ACK, Payload: []byte(tt.payload), Window: 500, HasTS: true, TSVal: 2}
		r := c.Segment(&in)
		if r.Ahead == tt.noMoreHeld || r.Rewritten != tt.rewritten {
			t.Errorf("at %d: %+v", tt.seq, r)
		}
		if !r.Ahead {
			continue
		}
		if data, fresh := c.Ahead(&in, []byte("//")); string(data) != "//"+tt.data || fresh != 2+tt.fresh {
			t.Errorf("at %d: %q, %d", tt.seq, data, fresh)
		}
	}
}

// TestAbandoned takes the memory of connections that waited too long. What the receiver may
// complete is refused, until it says that it has all.
func TestAbandoned(t *testing.T) {
	p := NewPool(PoolConfig{Inline: true, Memory: 1536, Hold: 1e9, Idle: 1e8})
	give := func(c Conn, in Segment) Result {
		in.Flags, in.Window, in.HasTS, in.TSVal = ACK, 500, true, 2
		r := c.Segment(&in)
		c.Consumed(0)
		return r
	}
	gapped, unacked, other := talk(p), talk(p), talk(p)
	data := make([]byte, 200)
	give(gapped, Segment{Seq: 1100, Ack: 5000, Payload: data})
	give(unacked, Segment{Seq: 1000, Ack: 5000, Payload: data})
	for i := range uint32(4) {
		if r := give(other, Segment{Seq: 1000 + 200*i, Ack: 5000, Payload: data, Now: 2e9}); r.Verdict != Pass {
			t.Fatalf("%+v, %+v", r, p.Stats())
		}
	}
	if n := p.Stats().Abandoned; n != 2 {
		t.Fatalf("%d given up", n)
	}
	other.Close()
	for _, c := range []Conn{gapped, unacked} {
		if r := give(c, Segment{Seq: 1000, Ack: 5000, Payload: data, Now: 2e9}); r.Verdict != Drop || r.Cause != CauseMemory {
			t.Errorf("%+v", r)
		}
	}
	give(unacked, Segment{Dir: 1, Seq: 5000, Ack: 1200, Now: 2e9})
	if r := give(unacked, Segment{Seq: 1200, Ack: 5000, Payload: data, Now: 2e9}); r.Verdict != Pass || r.Fresh != 1 {
		t.Errorf("%+v", r)
	}
}
