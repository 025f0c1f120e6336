package appliance

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Files of the tree.
const (
	demoCapture = "../bench/demo/vxlan.pcap"
	demoRules   = "../bench/demo/rules"
)

// now is when the tests take place for rules that expire.
var now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// checkText checks a policy text.
func checkText(t testing.TB, text string) *Checked {
	t.Helper()
	path := filepath.Join(t.TempDir(), "policy.toml")
	writeFile(t, path, text)
	return mustCheck(t, path)
}

// mustCheck checks rule files that are to be without errors.
func mustCheck(t testing.TB, paths ...string) *Checked {
	t.Helper()
	c, err := Check(now, paths...)
	if err != nil {
		t.Fatal(err)
	}
	if c.Failed() {
		t.Fatal(c.Problems)
	}
	return c
}

func writeFile(t testing.TB, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// pcapBytes is a capture of Ethernet frames, a millisecond after each other.
func pcapBytes(frames ...[]byte) []byte {
	b := []byte{0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, 1, 0, 0, 0}
	for i, f := range frames {
		for _, n := range []int{1_700_000_000 + i/1000, i % 1000 * 1000, len(f), len(f)} {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
		b = append(b, f...)
	}
	return b
}

// writeCapture writes frames to a capture and returns its path.
func writeCapture(t testing.TB, frames ...[]byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "in.pcap")
	writeFile(t, path, string(pcapBytes(frames...)))
	return path
}
