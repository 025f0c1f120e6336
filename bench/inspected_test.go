package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vxwall/appliance"
	"vxwall/appliance/eve"
	"vxwall/bench/offline"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

const allowInspected = `
[[segment]]
name = "all"
vni = ["1-16777215"]
[[acl]]
name = "all-to-all"
from = ["all"]
to = ["all"]
action = "allow"
inspect = ["mixed"]
[[ips]]
name = "mixed"
rules = ["*.rules"]
`

// mixedSignatures look at everything that the flows of package offline have; some match, and some
// almost do.
func mixedSignatures() string {
	var b strings.Builder
	for i := range 40 {
		n := 1_000_000 + 100*i
		fmt.Fprintf(&b, "alert http any any -> any any (msg:\"uri\"; http.uri; content:\"/order/\"; content:\"/%d.html\"; distance:0; sid:%d;)\n", i, n)
		fmt.Fprintf(&b, "alert http any any -> any any (msg:\"host\"; http.host; content:\"search%d.\"; startswith; flowbits:set,seen%d; sid:%d;)\n", i, i, n+1)
		fmt.Fprintf(&b, "alert http any any -> any any (msg:\"body\"; file.data; content:\"user report index\"; content:\"query the %d\"; sid:%d;)\n", i, n+2)
		fmt.Fprintf(&b, "alert http any any -> any any (msg:\"agent\"; http.user_agent; content:\"Gecko/\"; pcre:\"/Firefox\\/%d\\d+/\"; flowbits:isset,seen%d; sid:%d;)\n", i%10, i, n+3)
		fmt.Fprintf(&b, "alert dns any any -> any any (msg:\"question\"; dns.query; content:\"login%d.example\"; sid:%d;)\n", i, n+4)
		fmt.Fprintf(&b, "alert tls any any -> any any (msg:\"name\"; tls.sni; content:\"api%d.example.com\"; endswith; sid:%d;)\n", i, n+5)
		fmt.Fprintf(&b, "alert tcp any any -> any any (msg:\"limit\"; content:\"cart login\"; threshold:type limit, track by_src, count 1, seconds %d; sid:%d;)\n", 60+i, n+6)
	}
	return b.String()
}

// inspected are the policies of a folder with those signatures and some literals.
func inspected(tb testing.TB) *appliance.Policies {
	tb.Helper()
	dir := tb.TempDir()
	for name, text := range map[string]string{"policy.toml": allowInspected, "mixed.rules": mixedSignatures()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			tb.Fatal(err)
		}
	}
	if err := offline.WriteLiterals(filepath.Join(dir, "literals.rules"), "tcp", 300); err != nil {
		tb.Fatal(err)
	}
	checked, err := appliance.Check(time.Now(), filepath.Join(dir, "policy.toml"))
	if err != nil || checked.Failed() || len(checked.Problems) > 0 {
		tb.Fatal(err, checked.Problems)
	}
	policies := appliance.NewPolicies()
	policies.Use(checked, nil)
	return policies
}

// mixedFrames are the frames of mixed flows.
func mixedFrames(tb testing.TB, packets int) (frames [][]byte) {
	tb.Helper()
	var capture bytes.Buffer
	if err := (offline.Mix{Packets: packets, Seed: 5}).Write(&capture); err != nil {
		tb.Fatal(err)
	}
	for b := capture.Bytes()[24:]; len(b) > 0; {
		n := 16 + int(binary.LittleEndian.Uint32(b[8:]))
		frames = append(frames, slices.Clone(b[16:n]))
		b = b[n:]
	}
	return frames
}

// inspectedLoop is a worker whose queue offers the frames over and over, as they were.
func inspectedLoop(policies *appliance.Policies, observer pipeline.Observer, frames [][]byte) *pipeline.Worker {
	lent := make([][]byte, len(frames))
	for i := range frames {
		lent[i] = slices.Clone(frames[i])
	}
	loop := pt.NewLoop(lent...)
	loop.Step = 10_000
	loop.Fresh = func(i int, frame []byte) { copy(frame, frames[i]) }
	cfg := appliance.DefaultConfig()
	return pipeline.NewWorker(cfg.Pipeline(time.Time{}), loop, &policies.Current, observer)
}

// TestInspectedPacketsAllocateNothing takes mixed flows through a worker with all that a packet
// meets: segments, streams, parsers and hundreds of signatures.
func TestInspectedPacketsAllocateNothing(t *testing.T) {
	const batches = 200
	policies, frames := inspected(t), mixedFrames(t, batches*pipeline.BatchSize)
	rounds := func(w *pipeline.Worker, n int) {
		for range n * batches {
			if err := w.Step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	var events bytes.Buffer
	log := eve.NewWriter(eve.Config{Out: &events, Policies: policies, Wait: true}, 1)
	rounds(inspectedLoop(policies, log.Log(0), frames), 1)
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for _, kind := range []string{`"event_type":"alert"`, `"event_type":"http"`, `"event_type":"dns"`, `"event_type":"tls"`} {
		if !bytes.Contains(events.Bytes(), []byte(kind)) {
			t.Errorf("no event of %s: what is measured is not the whole road", kind)
		}
	}
	worker := inspectedLoop(policies, quiet{}, frames)
	rounds(worker, 30) // flows, streams and tables grow to their size
	if n := testing.AllocsPerRun(5, func() { rounds(worker, 1) }); n != 0 {
		t.Errorf("%v allocations in %d packets", n, batches*pipeline.BatchSize)
	}
	if c := worker.Counters(); c.Forwarded.Packets != c.Received.Packets {
		t.Errorf("received %+v, forwarded %+v", c.Received, c.Forwarded)
	}
}
