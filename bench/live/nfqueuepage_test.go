package live

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"vxwall/bench/page"
	"vxwall/bench/page/pagetest"
)

// TestQueuePage follows docs/deploy/nfqueue.md, which asks and answers itself; the rules that
// it shows are those of the kernel.
func TestQueuePage(t *testing.T) {
	const path = "../../docs/deploy/nfqueue.md"
	blocks, err := page.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	n := pagetest.New(t, filepath.Dir(vxwall), "worker1", "worker2")
	n.Cable(pagetest.End{Host: "worker1", Port: "eth0"}, pagetest.End{Host: "worker2", Port: "eth0"}, 1600)
	last := len(blocks) - 1
	n.Follow(path, blocks[:last])
	guarded := n.Host("worker1")
	rules := guarded.MustRun("iptables -t mangle -S | grep -e '-A.*VXWALL'")
	shown := text(t, path)
	for rule := range strings.Lines(rules) {
		if !strings.Contains(shown, rule) {
			t.Errorf("the page does not show %s", rule)
		}
	}
	if drops := guarded.MustRun("vxwall drops --json --limit 5"); !strings.Contains(drops, "segment-denied") {
		t.Errorf("drops say %s", drops)
	}
	n.Follow(path, blocks[last:])
	if left := guarded.MustRun("iptables-save; ip6tables-save"); strings.Contains(left, "VXWALL") {
		t.Errorf("left: %s", left)
	}
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
