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
			> R 1003 => end backend
			> PA 1003,5000 "def" => data "def" suspected_rst_inject`},
		{"a reset at the number that its receiver knows", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> R 1000 => end backend`},
		{"a guessed reset", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< A 5000,1003
			> R 1002 => drop invalid
			> R 1005 => drop invalid
			> RA 1003,6000 => drop invalid rst_invalid_ack`},
		{"the same ports again", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			< RA 5000,1003 => end backend
			> S 77999 => restart
			< SA 88999,78000
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
