package main

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"vxwall/appliance/admin"
)

var update = flag.Bool("update", false, "rewrite testdata/*.txt")

var textNow = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)

// trouble is an appliance at three in the morning.
func trouble() *admin.Status {
	expiry := textNow.Add(time.Hour)
	return &admin.Status{
		Attention: []string{
			"worker 1 has not moved for 12s",
			"events are lost: write events to /var/log/vxwall/eve.json: no space left on device",
			"1234567 packets passed uninspected while vxwall was down or hung, last 3m20s ago",
			"port eth2 is slow: generic XDP, since native is refused: operation not supported",
		},
		Version: "1.2.3", PID: 4711, Uptime: 93784, Mode: "wire",
		Policy: admin.Policy{Revision: "3-0123456789ab", Mode: "enforce", Since: textNow.Add(-2 * time.Hour), Paths: []string{"/etc/vxwall/rules.d", "/srv/shop.toml"}, Rules: 1000, NextExpiry: &expiry},
		Reload: &admin.Reload{Time: textNow.Add(-5 * time.Minute), Why: "SIGHUP", Old: "3-0123456789ab", New: "3-0123456789ab", Problems: []admin.Problem{
			{File: "/etc/vxwall/rules.d/shop.toml", Line: 12, Column: 10, Message: `bad action "alow": did you mean "allow"?`}, {File: "x"}}},
		Packets: admin.Packets{
			Received: admin.Tally{Packets: 123456789, Bytes: 98765432100}, Forwarded: admin.Tally{Packets: 123450000}, Dropped: admin.Tally{Packets: 6780}, Held: 9, Answers: 1,
			DroppedBy:     []admin.Count{{Stage: "segment", Reason: "segment-denied", Meaning: "a rule, or the policy's default, denies the flow", Tally: admin.Tally{Packets: 6780, Bytes: 999_999}}},
			UninspectedBy: []admin.Count{{Reason: "not-vxlan", Meaning: "not a VXLAN packet for one of the configured UDP ports", Tally: admin.Tally{Packets: 17, Bytes: 1300}}},
		},
		Kernel: admin.Kernel{Forwarded: admin.Tally{Packets: 9876543210, Bytes: 12345678901234}, Offloaded: 1200,
			RelayedBy: []admin.Count{{Reason: "appliance-down", Meaning: "the appliance did not run, or hung, see on_death under [datapath]", Tally: admin.Tally{Packets: 1234567, Bytes: 1500000000}}}},
		Flows:  admin.FlowStats{Live: 1000, Capacity: 262144, Created: 2000000, Expired: 1999000},
		Events: admin.Events{File: "/var/log/vxwall/eve.json", Written: 1000000, Lost: 12},
		Ports: []admin.Port{{Name: "eth1", XDP: "native", ZeroCopy: true, Queues: 2, MTU: 1600, Received: admin.Tally{Packets: 100000000}, Offload: admin.Tally{Packets: 9000000000}},
			{Name: "eth2", XDP: "generic", Queues: 2, MTU: 1600, Note: "generic XDP, since native is refused: operation not supported; GRO may merge frames: ethtool -K eth2 gro off"}},
		Workers: []admin.Worker{{Received: admin.Tally{Packets: 100000000}, Flows: 600, CPU: 12345, HandedOver: 50000000}, {Received: admin.Tally{Packets: 23456789}, Flows: 400, CPU: 2.34}},
		Rings:   []admin.Ring{{Port: "eth1", Queue: 0, Received: 5}, {Port: "eth2", Queue: 1, Worker: 1, Received: 77, RxDropped: 1234, Sent: 66, TxFull: 5}},
		Frames:  admin.Frames{Total: 10752, Free: 6683, Fill: 4069, Size: 2048},
	}
}

func TestStatusText(t *testing.T) {
	e := &env{now: func() time.Time { return textNow }}
	checkText(t, "status", statusText(trouble(), e))
	calm := trouble()
	calm.Attention, calm.Rings, calm.Reload, calm.Policy.NextExpiry, calm.Events = nil, nil, nil, nil, admin.Events{}
	calm.Packets.DroppedBy, calm.Packets.UninspectedBy, calm.Kernel.RelayedBy = nil, nil, nil
	checkText(t, "calm", statusText(calm, e))
}

// overlay is what a VTEP with three peers knows.
func overlay() *admin.VTEP {
	return &admin.VTEP{
		Addresses: []string{"192.0.2.1", "2001:db8::1"}, Strangers: 3, Stranger: "198.51.100.66 port 4789 VNI 100", Copies: admin.Tally{Packets: 4321}, CopiesDropped: 5,
		FDB:     admin.FDBStats{Learned: 1234, Capacity: 65536, Static: 2, Kernel: 100000, Moves: 17, Contradictions: 1},
		Devices: []admin.Device{{Name: "vxlan100", VNI: 100, Entries: 100000}, {Name: "vxlan200", Trouble: "there is no such device"}},
		Peers: []admin.Peer{
			{Name: "rack1", Address: "192.0.2.11", Port: 4789, Leaves: "eth1", NextHop: "192.0.2.11", MTU: 1600, Ready: true, Learned: 1200},
			{Name: "other-site", Address: "2001:db8::21", Port: 4789, Leaves: "eth2", NextHop: "fe80::1", MTU: 1500, Ready: true, Learned: 34},
			{Name: "192.0.2.12", Address: "192.0.2.12", Port: 4789, Kernel: true, Trouble: "no route: network is unreachable"},
		},
		Networks: []admin.Network{{ID: 100, Learned: 1200, Kernel: 100000, Flood: 2}, {ID: 200, Static: 2, Flood: 1}, {ID: 800, Pair: true}},
	}
}

func TestVTEPText(t *testing.T) {
	s := trouble()
	s.Mode, s.VTEP = "vtep", overlay()
	checkText(t, "vtep", statusText(s, &env{now: func() time.Time { return textNow }}))
	f := &admin.FDB{Matching: 4, Entries: []admin.Entry{
		{Network: 100, MAC: "02:00:00:00:00:01", Peer: "rack1", Address: "192.0.2.11", Port: 4789, Source: admin.FromPackets, Idle: 12},
		{Network: 100, MAC: "02:00:00:00:00:02", Peer: "192.0.2.12", Address: "192.0.2.12", Port: 4789, Source: admin.FromKernel},
		{Network: 16777215, MAC: "flood", Peer: "other-site", Address: "2001:db8::21", Port: 4789, Source: admin.FromConfig},
	}}
	checkText(t, "fdb", fdbText(f))
	if got := string(fdbText(&admin.FDB{})); got != "0 entries\n" {
		t.Errorf("%q", got)
	}
}

func TestFlowsText(t *testing.T) {
	way := admin.Way{Tally: admin.Tally{Packets: 12345, Bytes: 6789012}, VTEP: "2001:db8:ffff:ffff:ffff::1", Group: 17, Offloaded: true}
	f := &admin.Flows{Total: 100000, Matching: 300, Flows: []admin.Flow{
		{Key: admin.Key{VNI: 16777215, Proto: "tcp", Src: "2001:db8:1111:2222:3333:4444:5555:6666", SrcPort: 54321, Dst: "2001:db8::9", DstPort: 5432, Service: "tcp/5432"},
			State: "established", Action: "allow", Rule: "web-to-db", FromSegment: "web", ToSegment: "db", Revision: "3-0123456789ab", Forth: way, Back: way, Age: 7300, Idle: 0.25},
		{Key: admin.Key{VNI: 100, VLAN: "7", Proto: "icmp", Src: "10.1.0.5", Dst: "10.2.0.9", Service: "icmp/echo-request"},
			State: "new", Action: "deny", Rule: "default", Revision: "3-0123456789ab", Forth: admin.Way{Tally: admin.Tally{Packets: 1, Bytes: 148}}, Age: 3, Idle: 3, Midstream: true},
	}}
	checkText(t, "flows", flowsText(f))
	if got := string(flowsText(&admin.Flows{})); got != "no flows\n" {
		t.Errorf("%q", got)
	}
}

func TestDropsText(t *testing.T) {
	now := time.Date(2026, 11, 22, 3, 0, 0, 123456000, time.Local)
	long := func(end string) string { return "2001:db8:1111:2222:3333:4444:5555:" + end }
	d := &admin.Drops{Skipped: 1200, Missed: 34, Recent: []admin.Drop{
		{Time: now, Key: admin.Key{VNI: 100, Proto: "udp", Src: "10.1.0.5", SrcPort: 40000, Dst: "10.2.0.9", DstPort: 22, Service: "udp/22"}, VTEPSrc: "192.0.2.1", VTEPDst: "192.0.2.2",
			Group: 17, Stage: "segment", Reason: "segment-denied", Meaning: "a rule, or the policy's default, denies the flow", Rule: "default", FromSegment: "web", Revision: "3-0123456789ab"},
		{Time: now, Length: 60, Stage: "decap", Reason: "outer-short", Meaning: "the frame ends inside its outer headers", Revision: "3-0123456789ab", Monitored: true},
		{Time: now, Key: admin.Key{VNI: 16777215, VLAN: "4094.4093", Proto: "tcp", Src: long("6666"), SrcPort: 54321, Dst: long("7777"), DstPort: 54321, Service: "tcp/54321"}, VTEPSrc: long("8888"), VTEPDst: long("9999"),
			Stage: "segment", Reason: "segment-denied", Meaning: "a rule, or the policy's default, denies the flow", Rule: "no-shell", FromSegment: "web", ToSegment: "db", Revision: "3-0123456789ab"},
	}, Totals: trouble().Packets.DroppedBy}
	checkText(t, "drops", dropsText(d))
	if got := string(dropsText(&admin.Drops{})); got != "nothing was dropped\n" {
		t.Errorf("%q", got)
	}
}

// TestNewlySkipped: another run counts anew.
func TestNewlySkipped(t *testing.T) {
	for _, c := range [][3]uint64{{5, 9, 4}, {9, 9, 0}, {9, 5, 5}} {
		if got := newlySkipped(&admin.Drops{Skipped: c[0]}, &admin.Drops{Skipped: c[1]}); got != c[2] {
			t.Errorf("%d after %d: %d, want %d", c[1], c[0], got, c[2])
		}
	}
}

// checkText compares a text with testdata/NAME.txt, and wants lines that fit.
func checkText(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(got) != string(want) {
		t.Errorf("%v, got\n%s\nwant\n%s", err, got, want)
	}
	for line := range strings.Lines(string(got)) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > lineWidth {
			t.Errorf("%s: a line of %d columns: %s", name, n, line)
		}
	}
}

func TestLayout(t *testing.T) {
	for n, want := range map[uint64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := grouped(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	for n, want := range map[uint64]string{0: "0 B", 999: "999 B", 1000: "1 kB", 999_400: "999 kB", 999_949: "1 MB", 1_500_000: "1.5 MB", 1 << 63: "9.22 EB"} {
		if got := bytesText(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
	for s, want := range map[float64]string{0.0123: "12ms", 2.34: "2.3s", 59: "59s", 61: "1m1s", 3661: "1h1m", 90061: "1d1h"} {
		if got := lasted(s); got != want {
			t.Errorf("%v: %s, want %s", s, got, want)
		}
	}
}

func TestBindingsText(t *testing.T) {
	heard := admin.Heard{Source: admin.FromPackets, Age: 7300, Idle: 0.25}
	moved := heard
	moved.Moves = 2
	b := &admin.Bindings{
		Mode: "enforce", Matching: 12345,
		Bindings: []admin.Binding{
			{VNI: 100, MAC: "02:00:00:00:00:01", VTEP: "192.0.2.1", Addresses: []string{"10.1.0.5", "fd00::5"}, Heard: moved},
			{VNI: 100, VLAN: "7", MAC: "02:00:00:00:00:02", VTEP: "2001:db8::1", Addresses: strings.Fields(strings.Repeat("2001:db8:1111:2222:3333:4444:5555:6666 ", 20)), Heard: heard},
			{VNI: 16777215, MAC: "02:00:00:00:00:03", Addresses: []string{}, Heard: admin.Heard{Source: admin.FromConfig}},
		},
		VTEPs: []admin.Place{{VTEP: "192.0.2.1", Port: "eth1", Heard: heard}},
	}
	checkText(t, "bindings", bindingsText(b))
	if got := string(bindingsText(&admin.Bindings{Mode: "learn"})); got != "mode learn, MAC addresses: 0\n" {
		t.Errorf("%q", got)
	}
}
