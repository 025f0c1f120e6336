package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"
)

// replayOnTerminal replays the demo with stderr a terminal, in a process whose
// clock goes on by step whenever it is read.
func replayOnTerminal(t *testing.T, step time.Duration) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	many := make([]byte, 0, 20<<20)
	demo := readDemo(t)
	many = append(many, demo[:24]...)
	for range 300 {
		many = append(many, demo[24:]...)
	}
	in := writeTemp(t, many)
	status := run([]string{"replay", "--rules", "../../../bench/demo/rules", "--in", in}, env{
		ctx: context.Background(), stdout: &stdout, stderr: &stderr, terminal: true,
		now: func() time.Time { now = now.Add(step); return now },
	})
	if status != exitGood || !strings.HasPrefix(stdout.String(), "62700 packets: ") {
		t.Fatalf("status %d: %s%s", status, &stdout, &stderr)
	}
	return stderr.String()
}

func TestProgress(t *testing.T) {
	if got := replayOnTerminal(t, 0); got != "" {
		t.Errorf("a quick replay shows progress: %q", got)
	}
	got := replayOnTerminal(t, time.Hour)
	if !strings.Contains(got, "replaying") || !strings.HasSuffix(got, "\r") {
		t.Errorf("a long replay shows no progress, or leaves it: %q", got)
	}
}
