package appliance

import (
	"bytes"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/prometheus/common/expfmt"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/inspect/av"
	"vxwall/pipeline"
)

var update = flag.Bool("update", false, "rewrite testdata")

// knownScrape has a number of its own in every metric.
func knownScrape(t *testing.T) *scrape {
	s := &scrape{
		snapshot: &snapshot{written: 1001, lost: 1002}, version: "1.2.3", stages: []string{"decap", "guard", "flow", "encap", "segment"}, capacity: 4096,
		policy:    &inForce{checked: checkText(t, boxRules), since: time.Unix(1_700_000_000, 0), name: "3-abc", number: 3},
		reload:    &admin.Reload{Time: time.Unix(1_700_000_100, 500_000_000)},
		attention: 2, cpu: []time.Duration{1500 * time.Millisecond, 2 * time.Second}, silent: []time.Duration{0, time.Second},
	}
	s.files = &av.Stats{}
	s.files.Files[av.Infected].Store(110)
	s.files.Bytes.Store(111)
	s.files.Stopped.Store(112)
	c := &s.total
	c.Received, c.Forwarded = pipeline.Tally{Packets: 100, Bytes: 10_000}, pipeline.Tally{Packets: 80, Bytes: 8000}
	c.Dropped[pipeline.StageDecap][pipeline.InnerBadIP] = pipeline.Tally{Packets: 3, Bytes: 300}
	c.Dropped[pipeline.StageInspector][pipeline.SegmentDenied] = pipeline.Tally{Packets: 17, Bytes: 1700}
	c.Monitored[pipeline.StageFlow][pipeline.NoConnection] = pipeline.Tally{Packets: 5, Bytes: 500}
	c.Uninspected[pipeline.NotVXLAN] = pipeline.Tally{Packets: 10, Bytes: 1000}
	c.Held, c.Reassembled, c.Nested, c.Reserved, c.Answers, c.AnswersSkipped = 1, 2, 3, 4, 5, 6
	c.Unwrapped, c.Truncated, c.Duplicates = 91, 92, 93
	f := &c.Flows
	f.Created, f.Expired, f.Evicted, f.Reused, f.PickedUp, f.Live = 21, 22, 23, 24, 25, 26
	s.workers = []pipeline.Counters{{Received: pipeline.Tally{Packets: 60, Bytes: 6000}}, {Received: pipeline.Tally{Packets: 40, Bytes: 4000}}}
	l := &s.link
	l.Ports = [2]afxdp.PortStatus{{Name: "eth1", Driver: "veth", Queues: 2, MTU: 1550, Mode: afxdp.Native}, {Name: "eth2", Driver: "ena", Queues: 4, MTU: 3498, Mode: afxdp.Generic, ZeroCopy: true}}
	k := &l.Kernel
	k.Offloaded = 31
	for port := range 2 {
		n := uint64(port + 1)
		k.ToSocket[port] = pipeline.Tally{Packets: 50 * n, Bytes: 5000 * n}
		k.Forwarded[port] = pipeline.Tally{Packets: 500 * n, Bytes: 50_000 * n}
		k.Dropped[port][pipeline.Overload] = pipeline.Tally{Packets: 7 * n, Bytes: 70 * n}
		k.Relayed[port][pipeline.ApplianceDown] = pipeline.Tally{Packets: 8 * n, Bytes: 80 * n}
	}
	l.Frames = afxdp.FrameStatus{Total: 36, Free: 1, Fill: 2, Rx: 3, Tx: 4, Completion: 5, Held: 6, HandOver: 15}
	l.Queues = []afxdp.QueueStatus{{HandedOver: 41, TakenOver: 42, HandOverFull: 43, NoFrame: 44, OffloadRefused: 45}, {TakenOver: 41}}
	l.Rings = []afxdp.RingStatus{{Port: 1, Queue: 3, RxDropped: 51, RxInvalid: 52, TxInvalid: 53, RxRingFull: 54, FillRingEmpty: 55,
		TxRingEmpty: 56, Received: 57, Sent: 58, Kicks: 59, TxFull: 60, TxError: 61}}
	s.vtep = &admin.VTEP{
		Peers: []admin.Peer{{Ready: true}, {}, {}}, FDB: admin.FDBStats{Learned: 71, Static: 72, Kernel: 73, Moves: 74, Full: 75, Contradictions: 76},
		Strangers: 77, Changes: 78, Copies: admin.Tally{Packets: 79}, CopiesDropped: 80, Clamped: 81,
	}
	s.queues = []admin.Queue{{Number: 4789, Receives: 91, Sends: 92, Lost: 93, NoRoom: 94, Refused: 95, Cut: 96, Unsent: 97}}
	s.guard = &admin.Guard{
		Capacity: 81, MACs: 82, Addresses: 83, VTEPs: 84, Moves: 85, NotLearned: 86,
		SuspectBy: []admin.Count{{Reason: "mac-moved", Tally: admin.Tally{Packets: 87}}},
	}
	return s
}

// TestMetricsGolden compares all that is exposed with testdata/metrics.txt.
func TestMetricsGolden(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s := knownScrape(t)
	registry.MustRegister(collector(func() *scrape { return s }))
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(&got, f); err != nil {
			t.Fatal(err)
		}
	}
	if len(families) != len(descriptions) {
		t.Errorf("%d metrics of %d described", len(families), len(descriptions))
	}
	problems, err := promlint.NewWithMetricFamilies(families).Lint()
	if err != nil || len(problems) != 0 {
		t.Errorf("promlint: %v %v", problems, err)
	}
	const path = "testdata/metrics.txt"
	if *update {
		writeFile(t, path, got.String())
	}
	want, err := os.ReadFile(path)
	if err != nil || got.String() != string(want) {
		t.Errorf("%v, got\n%s", err, got.String())
	}
}

// TestMetricsWithoutLink: what the workers counted is told even if the link does not
// answer.
func TestMetricsWithoutLink(t *testing.T) {
	registry := prometheus.NewPedanticRegistry()
	s := knownScrape(t)
	s.snapshot.link = afxdp.Status{}
	registry.MustRegister(collector(func() *scrape { return s }))
	if families, err := registry.Gather(); err != nil || len(families) == 0 {
		t.Errorf("%d metrics, %v", len(families), err)
	}
}

// TestMetricsAddUp: the sum over all labels is what came, but for what is held.
func TestMetricsAddUp(t *testing.T) {
	var sum float64
	for line := range strings.Lines(string(readFile(t, "testdata/metrics.txt"))) {
		if name, value, ok := strings.Cut(line, "} "); ok && strings.HasPrefix(name, "vxwall_packets_total{") {
			sum += parseFloat(t, strings.TrimSpace(value))
		}
	}
	if want := float64(100 + 3*(500+7+8)); sum != want {
		t.Errorf("the packets add up to %v, want %v", sum, want)
	}
}

func TestMetricsServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	b := newBox(t, 1)
	b.daemon.Config.Metrics.Listen = address
	b.start()
	b.send(0, query("10.1.0.5", "10.2.0.9", 53), query("10.1.0.5", "10.2.0.9", 22))
	answer, err := http.Get("http://" + address + "/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`vxwall_packets_total{reason="segment-denied",stage="segment",verdict="dropped"} 1`,
		`vxwall_packets_total{reason="ok",stage="",verdict="forwarded"} 1`,
		`vxwall_build_info{version="test"} 1`, "go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(string(body), "\n"+want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}

func parseFloat(t *testing.T, text string) float64 {
	t.Helper()
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
