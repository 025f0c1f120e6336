package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
)

// TestInterrupt interrupts a replay that waits for more packets: it ends soon,
// says so, and what it forwarded up to there is a complete capture.
func TestInterrupt(t *testing.T) {
	const demo = "../../../bench/demo"
	capture := readDemo(t)
	out := filepath.Join(t.TempDir(), "out.pcap")
	cmd := exec.Command("vxwall", "replay", "--rules", demo+"/rules", "--in", "-", "--out", out, "--eve", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	events, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(capture); err != nil {
		t.Fatal(err)
	}
	first := make([]byte, 1<<16) // some packets are through
	if _, err := events.Read(first); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = events.Read(first)
	}
	_ = cmd.Wait() // the exit status says it
	if got := cmd.ProcessState.ExitCode(); got != exitProblem {
		t.Errorf("exit status %d, want %d\n%s", got, exitProblem, &stderr)
	}
	if want := "vxwall: replay -: stopped before the end of the capture\n"; !bytes.HasSuffix(stderr.Bytes(), []byte(want)) {
		t.Errorf("stderr is %q, want %q", &stderr, want)
	}
	counts := regexp.MustCompile(`(\d+) forwarded`).FindStringSubmatch(stderr.String())
	if counts == nil {
		t.Fatalf("no result in %q", &stderr)
	}
	replayed, err := exec.Command("vxwall", "replay", "--rules", demo+"/rules", "--in", out).Output()
	if err != nil || !bytes.HasPrefix(replayed, fmt.Appendf(nil, "%s packets: ", counts[1])) {
		t.Errorf("%s packets were forwarded, of the output: %s %v", counts[1], replayed, err)
	}
}

func readDemo(t *testing.T) []byte {
	t.Helper()
	capture, err := os.ReadFile("../../../bench/demo/vxlan.pcap")
	if err != nil {
		t.Fatal(err)
	}
	return capture
}

// writeTemp writes a file that the test's end removes, and returns its path.
func writeTemp(t *testing.T, b []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}
