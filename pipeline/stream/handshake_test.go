package stream

import "testing"

func TestHandshakes(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    PoolConfig
		script string
	}{
		{"data in the SYN, taken", inline, `
			> S 999 "GET" tfo => data "GET" quiet
			< SA 4999,1003 => quiet
			< PA 5000,1003 "200" => data "200" quiet
			> A 1003,5003 => quiet
			> PA 1003,5003 "more" => data "more"`},
		{"fast open, all over before the handshake is", inline, `
			> S 999 "GET" tfo => data "GET" quiet
			< SA 4999,1003 => quiet
			< PA 5000,1003 "200" => data "200" quiet
			< FA 5003,1003 => end quiet
			< PA 5004,1003 "more" => drop invalid
			> A 1003,5003 => quiet
			> A 1003,5004 => quiet
			> FA 1003,5004 => end quiet
			< A 5004,1004 => quiet`},
		{"data in the SYN, not taken, and other ones sent instead", inline, `
			> S 999 "GET" tfo => data "GET"
			< SA 4999,1000 => 3whs_synack_tfo_data_ignored
			> A 1000,5000
			> PA 1000,5000 "PUTTING" => wire "GETTING" data "TING" reassembly_overlap_different_data`},
		{"data in the SYN|ACK", inline, `
			> S 999
			< SA 4999,1000 "hi" => data "hi"
			> A 1000,5002`},
		{"several SYNs, the first is answered", inline, `
			> S 999 => quiet
			> S 1999 => quiet
			> S 2999
			< SA 4999,1000 => quiet
			> A 1000,5000
			> PA 1000,5000 "abc" => data "abc"`},
		{"several SYN|ACKs, the first is answered", inline, `
			> S 999
			< SA 4999,1000
			< SA 5999,1000 => 3whs_synack_resend_with_diff_seq
			> A 1000,5000 => quiet
			< PA 5000,1000 "abc" => data "abc"`},
		{"several SYN|ACKs, the last is answered", inline, `
			> S 999
			< SA 4999,1000
			< SA 5999,1000
			> A 1000,6000 => quiet
			< PA 6000,1000 "abc" => data "abc"`},
		{"the same SYN|ACK again", inline, `
			> S 999
			< SA 4999,1000
			> S 999 => quiet
			< SA 4999,1000 => quiet
			> A 1000,5000
			< SA 4999,1000 => est_synack_resend
			> S 999 => est_syn_resend`},
		{"wrong answers", inline, `
			> S 999
			< SA 4999,1001 => drop invalid 3whs_synack_with_wrong_ack
			> SA 999,1 => drop invalid 3whs_synack_in_wrong_direction
			> PA 1000,5000 "abc" => drop invalid
			< PA 5000,1000 "abc" => drop invalid
			< A 7000,8000 => quiet
			< SA 4999,1000 => quiet
			< S 4999 => drop invalid 3whs_syn_toclient_on_syn_recv
			> S 888 => drop invalid 3whs_syn_resend_diff_seq_on_syn_recv
			> SA 999,5000 => drop invalid 3whs_synack_toserver_on_syn_recv
			< SA 4999,1001 => drop invalid 3whs_synack_resend_with_different_ack
			< A 5000,1000 => 3whs_ack_in_wrong_dir
			< PA 5000,1000 "abc" => drop invalid 3whs_ack_data_inject
			> A 1000,5005 => drop invalid 3whs_right_seq_wrong_ack_evasion
			> A 1005,5005 => drop invalid 3whs_wrong_seq_wrong_ack
			> A 1000,5000 => quiet`},
		{"late SYNs and SYN|ACKs", inline, open + `
			< S 4999 => est_syn_toclient
			> S 777 "abc" => drop invalid est_syn_resend_diff_seq
			> SA 999,5000 => drop invalid est_synack_toserver
			< SA 4999,1001 => drop invalid est_synack_resend_with_different_ack
			< SA 4998,1000 => drop invalid est_synack_resend_with_diff_seq
			> FSA 999,5000 => drop invalid fin_syn
			> FA 1000,5000 => end
			> S 777 => shutdown_syn_resend`},
		{"simultaneous open", inline, `
			> S 999
			< S 4999 => quiet
			> SA 999,5000 => quiet
			< SA 4999,1000 => quiet
			> PA 1000,5000 "abc" => data "abc" quiet
			< PA 5000,1003 "def" => data "def"`},
		{"a simultaneous open with data, and again", inline, `
			> S 999
			< S 4999 "abc" => data "abc" quiet
			< S 4999 "xyz" => wire "abc"
			> SA 999,5000
			< SA 4999,1000
			< PA 5000,1000 "abcdef" => data "def"
			> A 1000,5006 => quiet`},
		{"a simultaneous open with another number", inline, `
			> S 999
			< S 4999 "abc" => data "abc"
			< S 6999 "xyz" => drop invalid
			< S 6999 => drop invalid
			> SA 999,5000
			< SA 4999,1000
			< S 6999 => drop invalid 3whs_syn_resend_diff_seq_on_syn_recv
			< PA 5000,1000 "abcdef" => data "def"`},
		{"a simultaneous open with another number and no data", inline, `
			> S 999
			< S 4999
			< S 6999
			> SA 999,7000
			< SA 6999,1000
			< PA 7000,1000 "abc" => data "abc"`},
		{"other data with another number", inline, `
			> S 999 "abc" tfo => data "abc"
			> S 1999 "xyz" tfo => drop invalid
			> S 1999 => drop invalid
			> S 999 "xyz" tfo => wire "abc"
			< SA 4999,1003 "def" => data "def"
			< SA 5999,1003 "uvw" => drop invalid 3whs_synack_resend_with_diff_seq
			> A 1003,5003`},
		{"an end that answers its own SYN", inline, open + `
			> PA 1000,5000 "abc" => data "abc"
			> S 77999
			> SA 1002,78000 => drop invalid est_synack_toserver
			> PA 1000,5000 "xyz" => wire "abc"`},
		{"a handshake in four steps", inline, `
			> S 999
			< S 4999
			> SA 999,5001 => drop invalid 4whs_synack_with_wrong_ack
			> SA 998,5000 => drop invalid 4whs_synack_with_wrong_syn
			> SA 999,5000
			< A 5000,1001 => drop invalid 4whs_invalid_ack
			< A 5001,1000 => drop invalid 4whs_wrong_seq
			< A 5000,1000 => quiet
			> PA 1000,5000 "abc" => data "abc"`},
		{"an answer that echoes no timestamp of ours", inline, `
			> S 999 ts=500
			< RA 0,1000 ts=100 ecr=100 => drop invalid pkt_invalid_timestamp
			> S 999 ts=600
			< SA 4999,1000 ts=100 ecr=550 => quiet`},
		{"a reset of what was never opened", inline, `
			< RA 0,1000 => drop invalid rst_but_no_session`},
		{"a reset that answers the SYN", inline, `
			> S 999
			< RA 0,1001 => drop invalid rst_invalid_ack
			< R 1000 => drop invalid
			< RA 0,1000 => quiet`},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.cfg, tt.script) })
	}
}

func TestFlagsOfSyns(t *testing.T) {
	script := ""
	for i := range 40 {
		script += "> S " + string(rune('1'+i%9)) + "000" + string(rune('0'+i%7)) + string(rune('0'+i%10))
		if i > maxSyns {
			script += " => 3whs_syn_flood"
		} else {
			script += " => quiet"
		}
		script += "\n"
	}
	play(t, inline, script+"> S 77\n< SA 4999,78\n> A 78,5000\n> PA 78,5000 \"abc\" => data \"abc\"")
}

func TestMidstream(t *testing.T) {
	joined := PoolConfig{Inline: true, Midstream: true}
	for _, tt := range []struct {
		name   string
		cfg    PoolConfig
		script string
	}{
		{"refused", inline, `> PA 1000,5000 "abc" => drop midstream`},
		{"passes", PoolConfig{Inline: true, Policy: [causes]Action{CauseMidstream: ActPass}}, `
			> PA 1000,5000 "abc" => midstream stop unseen=3
			< PA 5000,1003 "abc" => unseen=3`},
		{"rejected", PoolConfig{Inline: true, Policy: [causes]Action{CauseMidstream: ActReject}}, `
			> PA 1000,5000 "abc" => reject midstream`},
		{"picked up", joined, `
			> PA 1000,5000 "abc" => data "abc" quiet
			< PA 5000,1003 "def" => data "def" quiet
			> PA 1000,5003 "abX" => wire "abc"`},
		{"what was sent before", joined, `
			> PA 1000,5000 "abc" => data "abc"
			> PA 990,5000 "lost and needed" => wire "lost and nabced" unseen=10 data "ed"
			< A 5000,1000
			< A 5000,1005
			> PA 990,5000 "old" => wire "\x00\x00\x00"`},
		{"with the SYN|ACK", joined, `
			< SA 4999,1000 => quiet
			> A 1000,5000
			> PA 1000,5000 "abc" => data "abc"
			< PA 5000,1003 "def" => data "def" quiet`},
		{"with the end", joined, `> FA 1000,5000 "abc" => data "abc" end fin_but_no_session`},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.cfg, tt.script) })
	}
}

func TestCopies(t *testing.T) {
	for _, tt := range []struct {
		name   string
		cfg    PoolConfig
		script string
	}{
		{"a loss", PoolConfig{}, open + `
			> PA 1000,5000 "abc" => data "abc"
			> PA 1006,5000 "ghi" => quiet
			< A 5000,1009 => gap=3 back "ghi" reassembly_seq_gap
			> PA 1009,5000 "jkl" => data "jkl"`},
		{"two losses", PoolConfig{}, open + `
			> PA 1003,5000 "def"
			> PA 1009,5000 "jkl"
			< A 5000,1012 => gap=3 back "def" gap=3 back "jkl"`},
		{"a loss of which nothing follows yet", PoolConfig{}, open + `
			< PA 5000,1003 "ok" => data "ok" reassembly_seq_gap
			> PA 1003,5002 "def" => gap=3 data "def"`},
		{"nothing is changed or dropped", PoolConfig{}, open + `
			> PA 1000,5000 "abc" => data "abc"
			> PA 1000,5000 "abX" => reassembly_overlap_different_data pkt_retransmission
			> PAU 1003,5000 "xyz" urg=1 => data "xyz"
			> P 1006 "abc" => invalid unseen=3`},
		{"windows that were not seen to grow", PoolConfig{}, open + `
			> A 90000,5000 => est_packet_out_of_window
			> PA 90000,5000 "abc" => est_packet_out_of_window
			< A 5000,90003 => gap=89000 back "abc"`},
		{"an acknowledgement of what was lost", PoolConfig{}, open + `
			> PA 1000,5010 "abc" => data "abc"
			< PA 5010,1003 "xyz" => gap=10 data "xyz"`},
		{"one direction", PoolConfig{}, `
			> S 999
			> A 1000,5000 => quiet
			> PA 1000,5000 "abc" => data "abc"
			> PA 1003,5100 "def" => data "def"`},
		{"one direction, wrong number", PoolConfig{}, `
			> S 999
			> A 1500,5000 => 3whs_async_wrong_seq`},
		{"one direction, picked up", PoolConfig{Midstream: true}, `
			< PA 5000,1000 "abc" => data "abc"
			< PA 5003,1100 "def" => data "def"`},
	} {
		t.Run(tt.name, func(t *testing.T) { play(t, tt.cfg, tt.script) })
	}
}

func TestFlush(t *testing.T) {
	_, c := play(t, PoolConfig{}, open+`> PA 1003,5000 "def"`)
	if r := c.Flush(ToResponder); r.Fresh != 1 {
		t.Fatalf("%+v", r)
	}
	if data, offset, fresh, gap := c.Window(ToResponder); string(data) != "def" || offset != 3 || fresh != 0 || gap != 3 {
		t.Errorf("%q at %d, fresh %d, gap %d", data, offset, fresh, gap)
	}
}

func TestOneWayLoss(t *testing.T) {
	script := "> S 999\n> A 1000,5000\n> PA 1001,5000 \"x\"\n"
	for i := range oneWayPieces - 1 {
		script += "> PA 1" + string(rune('1'+i/10)) + string(rune('0'+i%10)) + "0,5000 \"x\"\n"
	}
	play(t, PoolConfig{}, script+`> PA 1500,5000 "x" => gap=1 data "x"`)
}
