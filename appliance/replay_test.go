package appliance

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	pt "vxwall/pipeline/pipelinetest"
	"vxwall/rules"
)

// demo is a replay of the demo capture by the demo policy.
func demo(t testing.TB) *Replay {
	cfg := DefaultConfig()
	cfg.Flows.Midstream = "pickup"
	return &Replay{Config: cfg, Policy: mustCheck(t, demoRules), In: demoCapture}
}

func mustRun(t testing.TB, r *Replay) Result {
	t.Helper()
	result, err := r.Run()
	if err != nil {
		t.Fatal(err)
	}
	if err := pt.CheckCounters(&result.Counters); err != nil {
		t.Fatal(err)
	}
	return result
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReplayDemo(t *testing.T) {
	dir := t.TempDir()
	r := demo(t)
	r.Out, r.Answers, r.EVE = dir+"/out.pcap", dir+"/answers.pcap", dir+"/eve.json"
	var read, total int64
	r.Progress = func(a, b int64) { read, total = a, b }
	result := mustRun(t, r)
	c := &result.Counters
	dropped := c.TotalDropped().Packets
	if c.Received.Packets != 209 || c.Held != 0 || c.Reassembled != 4 || dropped < 40 || c.Answers == 0 {
		t.Errorf("%+v", c)
	}
	if strings.Join(result.Stages, " ") != "decap guard flow encap segment" || !strings.HasPrefix(result.Revision, "1-") || result.Monitor || result.Elapsed <= 0 {
		t.Errorf("%v %s %v %v", result.Stages, result.Revision, result.Monitor, result.Elapsed)
	}
	if read > total {
		t.Errorf("progress: %d of %d bytes", read, total)
	}
	if n := packetsIn(t, r.Out); n != c.Forwarded.Packets {
		t.Errorf("%d packets in the output, %d forwarded", n, c.Forwarded.Packets)
	}
	if n := packetsIn(t, r.Answers); n != c.Answers {
		t.Errorf("%d packets among the answers, %d counted", n, c.Answers)
	}
	if n := uint64(bytes.Count(readFile(t, r.EVE), []byte("\n"))); n != result.Events || result.Lost != 0 {
		t.Errorf("%d events in the file, %d written, %d lost", n, result.Events, result.Lost)
	}
}

// packetsIn counts the packets of a capture by replaying it.
func packetsIn(t *testing.T, path string) uint64 {
	t.Helper()
	result := mustRun(t, &Replay{Config: DefaultConfig(), Policy: checkText(t, allowAll), In: path})
	return result.Counters.Received.Packets
}

// TestReplayForwardsAll: in monitor mode, whichever way it came about, every
// packet leaves as it came.
func TestReplayForwardsAll(t *testing.T) {
	monitor := rules.Monitor
	byFlag := demo(t)
	byFlag.Mode = &monitor
	byPolicy := demo(t)
	byPolicy.Policy = checkText(t, "[policy]\nmode = \"monitor\"\n")
	for name, r := range map[string]*Replay{"by flag": byFlag, "by policy": byPolicy} {
		r.Out = filepath.Join(t.TempDir(), "out.pcap")
		r.EVE = filepath.Join(t.TempDir(), "eve.json")
		result := mustRun(t, r)
		if c := &result.Counters; c.Forwarded.Packets != 209 || !result.Monitor || c.TotalDropped().Packets != 0 {
			t.Errorf("%s: %+v, monitor %v", name, c.Forwarded, result.Monitor)
		}
		if in, out := sorted(t, demoCapture), sorted(t, r.Out); !bytes.Equal(in, out) {
			t.Errorf("%s: what was forwarded differs from the capture", name)
		}
		if log := readFile(t, r.EVE); !bytes.Contains(log, []byte(`"verdict":{"action":"pass","monitor":true}`)) ||
			bytes.Contains(log, []byte(`"action":"drop"`)) {
			t.Errorf("%s: the log says that packets were dropped, or not that they would be", name)
		}
	}
	if byFlag.Policy.Set.Policy.Mode != rules.Enforce {
		t.Error("the policy itself was changed")
	}
	enforce := rules.Enforce
	byPolicy.Mode = &enforce
	if result := mustRun(t, byPolicy); result.Counters.TotalDropped().Packets == 0 {
		t.Error("--mode enforce drops nothing")
	}
}

// sorted returns the records of a pcap file in order of their bytes: fragments
// leave later than they came.
func sorted(t *testing.T, path string) []byte {
	t.Helper()
	b := readFile(t, path)
	records := [][]byte{}
	for rest := b[24:]; len(rest) > 0; {
		n := 16 + int(rest[8]) + int(rest[9])<<8
		records = append(records, rest[8:n]) // a held one has a later time
		rest = rest[n:]
	}
	slices.SortFunc(records, bytes.Compare)
	return append(b[:24:24], bytes.Join(records, nil)...)
}

func TestReplayPlain(t *testing.T) {
	in := writeCapture(t,
		pt.Frame(pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 5432, Flags: "S"}),
		pt.Frame(pt.Eth{}, pt.IPv4{}, pt.TCP{Src: 40000, Dst: 22, Flags: "S"}))
	for vni, forwarded := range map[uint32]uint64{100: 1, 200: 0} {
		r := demo(t)
		r.In, r.Plain = in, &vni
		if c := mustRun(t, r).Counters; c.Received.Packets != 2 || c.Forwarded.Packets != forwarded || c.Flows.Created != 2 {
			t.Errorf("VNI %d: %d forwarded, want %d; %+v", vni, c.Forwarded.Packets, forwarded, c.Flows)
		}
	}
}

// TestReplayDamaged cuts the capture: what comes before is written, and the
// error says where.
func TestReplayDamaged(t *testing.T) {
	whole := readFile(t, demoCapture)
	dir := t.TempDir()
	in := filepath.Join(dir, "cut.pcap")
	writeFile(t, in, string(whole[:len(whole)-5]))
	r := demo(t)
	r.In, r.Out, r.EVE = in, dir+"/out.pcap", dir+"/eve.json"
	result, err := r.Run()
	if err == nil || !strings.Contains(err.Error(), "packet 209 at offset") {
		t.Errorf("error %v, want one with packet and offset", err)
	}
	c := &result.Counters
	if c.Received.Packets != 208 || c.Held != 0 || result.Revision == "" {
		t.Errorf("%+v", c.Received)
	}
	if n := packetsIn(t, r.Out); n != c.Forwarded.Packets {
		t.Errorf("%d packets in the output, %d forwarded", n, c.Forwarded.Packets)
	}
	log := bytes.TrimSpace(readFile(t, r.EVE))
	last := log[bytes.LastIndexByte(log, '\n')+1:]
	if !json.Valid(last) || !bytes.Contains(last, []byte(`"stats"`)) {
		t.Errorf("the log ends with %s", last)
	}
}

func TestReplayErrors(t *testing.T) {
	dir := t.TempDir()
	broken := filepath.Join(dir, "broken.pcap")
	writeFile(t, broken, "this is no capture")
	same := filepath.Join(dir, "same.pcap")
	writeFile(t, same, string(readFile(t, demoCapture)))
	rule := filepath.Join(dir, "rule.toml")
	writeFile(t, rule, allowAll)
	cases := []struct {
		name string
		set  func(r *Replay)
		want string
	}{
		{"missing capture", func(r *Replay) { r.In = dir + "/none.pcap" }, "open " + dir + "/none.pcap: no such file or directory"},
		{"no capture", func(r *Replay) { r.In = broken }, "not a capture file"},
		{"out in a missing directory", func(r *Replay) { r.Out = dir + "/none/out.pcap" }, "write " + dir + "/none/out.pcap: no such file or directory"},
		{"out is the capture", func(r *Replay) { r.In, r.Out = same, same }, "it is the capture that is read"},
		{"log in a missing directory", func(r *Replay) { r.EVE = dir + "/none/eve.json" }, "write events to " + dir + "/none/eve.json: no such file or directory"},
		{"out is a rule file", func(r *Replay) { r.Out = r.Policy.Set.Files[0] }, "write packets to "},
		{"log is a directory", func(r *Replay) { r.EVE = dir }, "write events to " + dir + ": is a directory"},
		{"log is the capture", func(r *Replay) { r.In, r.EVE = same, dir+"/./same.pcap" }, "it is the capture that is read"},
		{"log is the output", func(r *Replay) { r.Out, r.EVE = dir+"/x", dir+"/x" }, "it is named for packets, too"},
		{"log is a rule file", func(r *Replay) { r.Policy, r.EVE = mustCheck(t, rule), rule }, "it is a rule file"},
		{"log and capture on standard output", func(r *Replay) { r.Out, r.EVE = "-", "-" }, "standard output takes a capture already"},
	}
	for _, c := range cases {
		r := demo(t)
		c.set(r)
		result, err := r.Run()
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if result.Counters.Received.Packets != 0 {
			t.Errorf("%s: packets were read", c.name)
		}
	}
	if !bytes.Equal(readFile(t, same), readFile(t, demoCapture)) || string(readFile(t, rule)) != allowAll {
		t.Error("a file that is read was overwritten")
	}
	if left, _ := filepath.Glob(dir + "/*.part"); len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
}

// TestReplayLogFails: the log's device is full. All else is as ever.
func TestReplayLogFails(t *testing.T) {
	r := demo(t)
	r.EVE, r.Out = "/dev/full", filepath.Join(t.TempDir(), "out.pcap")
	result, err := r.Run()
	if err == nil || err.Error() != "write events to /dev/full: no space left on device" {
		t.Error(err)
	}
	if result.Counters.Received.Packets != 209 || result.Events != 0 || result.Lost == 0 {
		t.Errorf("%d packets, %d events written, %d lost", result.Counters.Received.Packets, result.Events, result.Lost)
	}
	if n := packetsIn(t, r.Out); n != result.Counters.Forwarded.Packets {
		t.Errorf("%d packets in the output", n)
	}
}

func TestReplayEventsToStdout(t *testing.T) {
	var out bytes.Buffer
	r := demo(t)
	r.EVE, r.Stdout = "-", &out
	result := mustRun(t, r)
	if n := uint64(bytes.Count(out.Bytes(), []byte("\n"))); n != result.Events || n == 0 {
		t.Errorf("%d events on standard output, %d written", n, result.Events)
	}
}

// TestReplayStops ends the replay of a capture that never ends: a pipe that
// nobody closes.
func TestReplayStops(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer write.Close()
	defer read.Close()
	const n = 10
	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{}, pt.UDP{Src: 5000, Dst: 514})
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = frame
	}
	if _, err := write.Write(pcapBytes(frames...)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	r := demo(t)
	r.In, r.Out, r.Context = fmt.Sprintf("/dev/fd/%d", read.Fd()), filepath.Join(t.TempDir(), "out.pcap"), ctx
	r.EVE, r.Stdout = "-", callOnWrite(cancel)
	result, err := r.Run()
	if !errors.Is(err, ErrStopped) || !strings.Contains(err.Error(), r.In) {
		t.Fatal(err)
	}
	if c := &result.Counters; c.Received.Packets != n || c.Forwarded.Packets != n || packetsIn(t, r.Out) != n {
		t.Errorf("%+v", c.Received)
	}
	if _, err := ExplainPacket(r, 1000); !errors.Is(err, ErrStopped) {
		t.Errorf("explain: %v", err)
	}
}

// callOnWrite is a file that calls a function whenever it is written to.
type callOnWrite func()

func (f callOnWrite) Write(p []byte) (int, error) {
	f()
	return len(p), nil
}
