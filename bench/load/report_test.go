package load

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write golden files anew")

// example is a report with one of each kind.
func example() *Report {
	small, fresh := Traffic{Flows: 1000, VNIs: 1, Size: Size64}, Traffic{Flows: 1000, VNIs: 1, Size: Size64, NewFlows: true}
	through := func(system string, t Traffic, delivered, lossFree float64) Throughput {
		row := Throughput{System: system, Traffic: t}
		for _, factor := range []float64{1, 0.9, 1.2} {
			o := Trial{Offered: 4e6, Delivered: delivered * factor, Sent: 4e6, Received: uint64(delivered * factor), Bits: delivered * factor * 114 * 8}
			row.Runs = append(row.Runs, Rates{Overload: o, LossFree: lossFree * factor, Bound: system == "redirect"})
		}
		row.sum()
		return row
	}
	slow := func(system string, p50, p99 int64) Latency {
		row := Latency{System: system, Traffic: small, Rate: 400_000}
		for i := range int64(3) {
			row.Runs = append(row.Runs, LatencyRun{Trial: Trial{Asked: 400_000, Sent: 10, Received: 10}, P50: p50 + i, P99: p99 + 1000*i, P999: 2 * p99, Max: 3 * p99})
		}
		row.sum()
		return row
	}
	r := &Report{
		Version: "1.2.3", Started: time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC), Elapsed: 61.4,
		Machine:   Machine{Processor: "a processor", Cores: 2, Kernel: "6.18", Go: "go1.26", LoadAt: "0.10 0.20 0.30"},
		Placement: Placement{Load: 0, Appliance: 1, Split: true}, Where: "core 0: this; core 1: that", Settings: DefaultSettings(),
		Throughput: []Throughput{
			through("redirect", small, 3e6, 2.5e6), through("rings", small, 1.1e6, 1e6), through("bridge", small, 0.4e6, 0.3e6),
			through("vxwall-acl-1000", small, 1.09e6, 0.9e6), through("vxwall-vtep-1000", small, 1.01e6, 0.85e6), through("vxwall-offload", small, 2.6e6, 2.4e6), through("vxwall-acl-100000", fresh, 0.45e6, 0.3e6),
		},
		Latency: []Latency{slow("redirect", 5000, 20_000), slow("vxwall-acl-1000", 9000, 120_000)},
		TCP:     []TCP{{System: "redirect", Runs: []TCPTrial{{Bits: 2e9}, {Bits: 3e9}}}, {System: "vxwall-offload", Runs: []TCPTrial{{Bits: 1.9e9}}}},
		Flood:   []Flood{{System: "vxwall-offload", Traffic: small, Rate: 1e6, Runs: []Trial{{Sent: 1000, Received: 1000, Flooded: 4000, Survived: 3000}}}},
		Notes:   []string{"suricata: not installed"},
	}
	for i := range r.TCP {
		r.TCP[i].sum()
	}
	r.Flood[0].sum()
	r.Judge()
	r.NoteHiccups()
	return r
}

// TestReport compares the report's two forms with golden files; -update writes them.
func TestReport(t *testing.T) {
	r := example()
	for name, write := range map[string]func(*bytes.Buffer) error{
		"report.txt":  func(b *bytes.Buffer) error { return r.WriteText(b) },
		"report.json": func(b *bytes.Buffer) error { return r.WriteJSON(b) },
	} {
		var got bytes.Buffer
		if err := write(&got); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s differs:\n%s", golden, got.Bytes())
		}
	}
}

// TestReportRoundTrip: who reads the JSON has all of it.
func TestReportRoundTrip(t *testing.T) {
	var first, second bytes.Buffer
	var read Report
	if err := example().WriteJSON(&first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(first.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	if err := read.WriteJSON(&second); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Errorf("read and written again it differs, %v", err)
	}
}

// TestJudge: a bar is held at its target, not below.
func TestJudge(t *testing.T) {
	held := map[string]bool{}
	for _, b := range example().Bars {
		held[b.What] = b.Held
	}
	for what, want := range map[string]bool{
		"vxwall-offload / redirect, 64":                      false, // 0.87
		"vxwall-acl-1000 / bridge, 64":                       true,  // 2.7
		"vxwall-acl-1000 / rings, 64":                        true,  // 0.99
		"vxwall-acl-100000, new flows":                       true,
		"vxwall-offload, established flows in a flood: loss": true,
		"vxwall-acl-1000, p99 at 0.400 Mpps":                 false,
		"vxwall-offload / redirect, one TCP connection":      true, // 1.9 / 2
	} {
		got, known := held[what]
		if !known || got != want {
			t.Errorf("%s: held %v (known %v), want %v", what, got, known, want)
		}
	}
}

func TestMedian(t *testing.T) {
	same := func(n int) int { return n }
	for _, c := range []struct {
		in   []int
		want int
	}{{nil, 0}, {[]int{3}, 3}, {[]int{4, 1}, 1}, {[]int{9, 1, 5}, 5}} {
		if got := median(c.in, same); got != c.want {
			t.Errorf("median of %v is %d, want %d", c.in, got, c.want)
		}
	}
}

func TestChecks(t *testing.T) {
	good := Traffic{Flows: 1, VNIs: 1, Size: Size64}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
	for _, bad := range []Traffic{
		{Flows: 1, VNIs: 1, Size: "65"}, {Flows: 0, VNIs: 1, Size: Size64}, {Flows: MaxFlows + 1, VNIs: 1, Size: Size64},
		{Flows: 1, VNIs: 0, Size: Size64}, {Flows: 1, VNIs: 1, Size: Size64, Stream: 15}, {Flows: 1, VNIs: 1, Size: Size64, Flood: 1, NewFlows: true},
	} {
		if bad.Check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	for _, bad := range []Settings{{}, {Duration: time.Second}, {Duration: time.Second, Repeats: 1, Loss: 1}} {
		if bad.Check() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
	if err := DefaultSettings().Check(); err != nil {
		t.Error(err)
	}
}
