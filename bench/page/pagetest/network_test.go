package pagetest

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vxwall/bench/page"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestFollow lets two hosts on a switch do what a page says.
func TestFollow(t *testing.T) {
	const text = "```sh host=a\nip addr add 192.0.2.1/24 dev eth0\n```\n" +
		"```sh host=b\nip addr add 192.0.2.2/24 dev eth0\n```\n" +
		"```text host=b file=/etc/vxwall/note\nhere\n```\n" +
		"```sh host=a\nping -c 3 -i 0.2 -W 1 192.0.2.2\n```\n"
	blocks, err := page.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	n := New(t, "", "net", "a", "b")
	n.Switch("net", 1600, "a", "b")
	n.Follow("page", blocks)
	if out := n.Host("b").MustRun("cat /etc/vxwall/note"); out != "here\n" {
		t.Errorf("the file says %q", out)
	}
	if _, err := os.Stat("/etc/vxwall/note"); err == nil {
		t.Error("the file is on this machine, not on the host")
	}
	if _, err := n.Host("a").Run("false; echo no"); err == nil {
		t.Error("commands that fail succeed")
	}
}

// TestEnd checks that what was left running on a host ends with it.
func TestEnd(t *testing.T) {
	mark := filepath.Join(t.TempDir(), "alive")
	t.Run("host", func(t *testing.T) {
		New(t, "", "a").Host("a").MustRun("(while :; do date >" + mark + "; sleep 0.05; done) >/dev/null 2>&1 &")
	})
	time.Sleep(100 * time.Millisecond)
	os.Remove(mark) // there or not
	time.Sleep(300 * time.Millisecond)
	if _, err := os.Stat(mark); err == nil {
		t.Error("what ran on the host outlives it")
	}
}
