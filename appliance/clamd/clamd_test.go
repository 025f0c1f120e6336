package clamd

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"vxwall/inspect/av"
)

// daemon is a real clamd with a small database.
type daemon struct {
	dir, address string
	cmd          *exec.Cmd
}

func startDaemon(t *testing.T) *daemon {
	t.Helper()
	path, err := exec.LookPath("clamd")
	if err != nil {
		if path = "/usr/sbin/clamd"; !exists(path) {
			if os.Getenv("CI") != "" {
				t.Fatal("clamd is not installed: make setup")
			}
			t.Skip("clamd is not installed: make setup")
		}
	}
	d := &daemon{dir: t.TempDir()}
	d.address = "unix:" + filepath.Join(d.dir, "s")
	database := filepath.Join(d.dir, "db")
	if err := os.Mkdir(database, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(database, "test.ndb"), "Test.Evil:0:*:"+fmt.Sprintf("%x", "EVIL-BYTES")+"\n")
	write(t, filepath.Join(d.dir, "conf"), fmt.Sprintf("LocalSocket %s\nDatabaseDirectory %s\nForeground yes\nUser root\nStreamMaxLength 1M\nTemporaryDirectory %s\n",
		filepath.Join(d.dir, "s"), database, d.dir))
	d.start(t, path)
	return d
}

func (d *daemon) start(t *testing.T, path string) {
	t.Helper()
	d.cmd = exec.Command(path, "--config-file="+filepath.Join(d.dir, "conf"))
	var output bytes.Buffer
	d.cmd.Stdout, d.cmd.Stderr = &output, &output
	if err := d.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(d.kill)
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(20 * time.Millisecond) {
		c, _ := New(Config{Address: d.address})
		if _, err := c.Ask(); err == nil {
			return
		} else if time.Now().After(end) {
			t.Fatalf("clamd did not start: %v\n%s", err, output.String())
		}
	}
}

func (d *daemon) kill() {
	_ = d.cmd.Process.Kill()
	_, _ = d.cmd.Process.Wait()
}

func exists(path string) bool { _, err := os.Stat(path); return err == nil }

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func client(t *testing.T, cfg Config) *Client {
	t.Helper()
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestDaemon(t *testing.T) {
	d := startDaemon(t)
	c := client(t, Config{Address: d.address, Deadline: 5 * time.Second})
	evil := "xx EVIL-BYTES xx"
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			for range 10 {
				if f := c.Whole([]byte(evil), ""); f.Outcome != av.Infected || f.Name != "Test.Evil.UNOFFICIAL" {
					t.Errorf("evil: %+v", f)
				}
				if f := c.Whole([]byte("harmless"), ""); f.Outcome != av.Clean {
					t.Errorf("harmless: %+v", f)
				}
			}
		})
	}
	group.Wait()
	if f := c.Whole(make([]byte, 600<<10), ""); f.Outcome != av.Clean {
		t.Errorf("three chunks: %+v", f)
	}
	if f := c.Whole(make([]byte, 3<<20), ""); f.Outcome != av.OverLimit {
		t.Errorf("longer than StreamMaxLength: %+v", f)
	}
	if version, err := c.Ask(); err != nil || !strings.HasPrefix(version, "ClamAV ") || c.Version() == 0 {
		t.Errorf("version %q, %v", version, err)
	}
}

// A daemon that dies and comes back: files meanwhile have a finding, and those after it
// are judged.
func TestDaemonRestarts(t *testing.T) {
	d := startDaemon(t)
	c := client(t, Config{Address: d.address})
	if f := c.Whole([]byte("harmless"), ""); f.Outcome != av.Clean {
		t.Fatalf("before: %+v", f)
	}
	d.kill()
	if f := c.Whole([]byte("harmless"), ""); f.Outcome != av.Error || !strings.Contains(f.Name, "connect to clamd") {
		t.Errorf("dead: %+v", f)
	}
	if h := c.Health(); h.Failed != 1 || h.Files != 1 || h.Since.IsZero() {
		t.Errorf("health %+v", h)
	}
	d.start(t, d.cmd.Path)
	if f := c.Whole([]byte("harmless"), ""); f.Outcome != av.Clean {
		t.Errorf("back again: %+v", f)
	}
}

// One that hangs costs the deadline, and no more.
func TestDaemonHangs(t *testing.T) {
	d := startDaemon(t)
	c := client(t, Config{Address: d.address, Deadline: 300 * time.Millisecond})
	if err := d.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	f := c.Whole(make([]byte, 512<<10), "")
	if took := time.Since(began); f.Outcome != av.Error || took > time.Second {
		t.Errorf("%+v after %v", f, took)
	}
}

// What answers nonsense is no clamd.
func TestNonsense(t *testing.T) {
	for name, reply := range map[string]string{
		"another number": "2: stream: OK\x00", "no number": "OK\x00", "nothing": "", "no end": "1: stream: OK", "too long": "1: " + strings.Repeat("a", 2*maxReply),
	} {
		t.Run(name, func(t *testing.T) {
			listener, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					_, _ = conn.Write([]byte(reply))
					_ = conn.(*net.UnixConn).CloseWrite()
				}
			}()
			c := client(t, Config{Address: "unix:" + listener.Addr().String(), Deadline: 2 * time.Second})
			if f := c.Whole([]byte("x"), ""); f.Outcome != av.Error {
				t.Errorf("%+v", f)
			}
		})
	}
}

func TestSplit(t *testing.T) {
	for address, want := range map[string]string{
		"unix:/run/clamav/clamd.ctl": "unix /run/clamav/clamd.ctl", "tcp:localhost:9": "tcp localhost:9", "tcp:[::1]:9": "tcp [::1]:9",
		"tcp:host": "tcp host:3310", "tcp:::1": "tcp [::1]:3310", "unix:relative": "", "localhost:3310": "", "tcp:": "", "": "",
	} {
		network, rest, err := Split(address)
		got := strings.TrimSpace(network + " " + rest)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v; want %q", address, got, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"1: stream: OK", "2: stream: Eicar-Signature FOUND", "3: INSTREAM size limit exceeded. ERROR", "1: x ERROR", "-1: stream: OK"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, reply string) {
		id, finding, err := parse(reply)
		if err == nil && (id < 1 || finding.Outcome == av.Clean && !strings.HasSuffix(reply, ": stream: OK")) {
			t.Errorf("%q is number %d, %+v", reply, id, finding)
		}
	})
}
