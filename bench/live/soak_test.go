package live

import (
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"vxwall/bench/lab"
)

// TestSoak has flows open and close under a steady load for VXWALL_SOAK, such as
// 1h; 10 s if it is not set. Memory stays flat, no buffer is lost, counters add up.
func TestSoak(t *testing.T) {
	last := 10 * time.Second
	if text := os.Getenv("VXWALL_SOAK"); text != "" {
		var err error
		if last, err = time.ParseDuration(text); err != nil {
			t.Fatal(err)
		}
	}
	w := start(t, lab.Options{Queues: 2, Underlay: lab.Mixed}, allowBoth, nil)
	steady := w.stream(t, lab.Stream{From: lab.Left200, Rate: 500, Echo: true})
	var memory, transfers int
	for begin := time.Now(); time.Since(begin) < last; transfers++ {
		from := []lab.Place{lab.Left100, lab.Right100, lab.Left200, lab.Right200}[transfers%4]
		got, err := w.Transfer(t.Context(), lab.Transfer{From: from, Six: transfers%8 > 3, Bytes: 256 << 10})
		if err != nil || !got.Intact() {
			t.Fatalf("transfer %d: %v, %v", transfers, got, err)
		}
		if memory == 0 && time.Since(begin) > last/5 {
			memory = resident(t, w.PID())
		}
		if transfers%500 == 499 {
			w.balanced(t)
		}
	}
	r := steady.Stop()
	s, now := w.balanced(t), resident(t, w.PID())
	t.Logf("%v: %d transfers, %d flows, %d kB resident, %d kB after a fifth of it; %v; %+v", last, transfers, s.Flows.Created, now, memory, r, s.Frames)
	if r.Lost() > 0 || now > memory+8<<10 {
		t.Errorf("%v; %d kB resident, %d kB after a fifth of the time", r, now, memory)
	}
}

// resident is a process's resident memory, kB.
func resident(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/status")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "VmRSS:")
	kB, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}
