package live

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/bench/lab"
)

// evil is what the databases of these tests find in a file.
const evil = "vxwall-test-evil-bytes"

// judgeFiles is a policy that has files judged between the ends of VNI 100, and passes
// those in VNI 200 unseen.
const judgeFiles = segments + `
[[acl]]
name    = "red"
from    = ["red"]
to      = ["red"]
action  = "allow"
inspect = ["files"]

[[acl]]
name   = "blue"
from   = ["blue"]
to     = ["blue"]
action = "allow"

[[av]]
name  = "files"
error = "block"
`

// infected is a file of some packets with evil bytes near its end.
func infected() []byte {
	r := rand.New(rand.NewPCG(1, 2))
	file := make([]byte, 100_000)
	for i := range file {
		file[i] = byte(r.Uint32())
	}
	copy(file[len(file)-5000:], evil)
	return file
}

func zipped(t *testing.T, file []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	f, err := w.Create("inner.bin")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(file); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// site is a folder with files to fetch, and the databases that find them.
type site struct{ dir, database string }

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{dir: t.TempDir()}
	if err := os.Chmod(s.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	clean := infected()
	copy(clean[len(clean)-5000:], strings.Repeat("-", len(evil)))
	for name, file := range map[string][]byte{
		"clean.bin": clean, "clean.zip": zipped(t, clean), "evil.bin": infected(), "evil.zip": zipped(t, infected()), "small.txt": []byte("a few words"),
	} {
		s.write(t, name, file)
	}
	databases := filepath.Join(s.dir, "databases")
	if err := os.Mkdir(databases, 0o755); err != nil {
		t.Fatal(err)
	}
	s.database = filepath.Join(databases, "test.ndb")
	s.write(t, "databases/test.ndb", fmt.Appendf(nil, "Test.Evil:0:*:%x\n", evil))
	return s
}

func (s *site) write(t *testing.T, name string, file []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(s.dir, name), file, 0o644); err != nil {
		t.Fatal(err)
	}
}

func (s *site) read(t *testing.T, name string) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(s.dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// nginx serves the site at a place until the test ends.
func (s *site) nginx(t *testing.T, w *wall, at lab.Place) {
	t.Helper()
	s.write(t, "nginx.conf", fmt.Appendf(nil, `daemon off; master_process off; pid %[1]s/nginx.pid; error_log stderr; events {}
http { access_log off; gzip off; server { listen %[2]s:8080; root %[1]s; } }
`, s.dir, at.Addr(false)))
	run(t, w, at, "nginx", "-p", s.dir, "-c", filepath.Join(s.dir, "nginx.conf"))
	eventually(t, "nginx", func() bool {
		return w.Command(t.Context(), at.Peer(), "curl", "-sf", "--max-time", "1", "-o", "/dev/null", fmt.Sprintf("http://%s:8080/small.txt", at.Addr(false))).Run() == nil
	})
}

// run runs a program at a place until the test ends.
func run(t *testing.T, w *wall, at lab.Place, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	cmd := w.Command(ctx, at, name, args...)
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = &output, &output, time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() && output.Len() > 0 {
			t.Logf("%s: %s", name, output.String())
		}
	})
	return cmd
}

// fetch gets a file with curl and returns what of it stands on the disk then.
func (s *site) fetch(t *testing.T, w *wall, from lab.Place, name string, args ...string) []byte {
	t.Helper()
	to := filepath.Join(t.TempDir(), "got")
	args = append(args, "-s", "--max-time", "8", "-o", to, fmt.Sprintf("http://%s:8080/%s", from.Peer().Addr(false), name))
	_ = w.Command(t.Context(), from, "curl", args...).Run() // what counts is what arrived
	got, _ := os.ReadFile(to)
	return got
}

// clamd runs the real one with the site's databases, and returns its address.
func (s *site) clamd(t *testing.T) (address string, process *exec.Cmd) {
	t.Helper()
	socket := filepath.Join(s.dir, "clamd")
	s.write(t, "clamd.conf", fmt.Appendf(nil, "LocalSocket %s\nDatabaseDirectory %s\nForeground yes\nUser root\nTemporaryDirectory %s\n",
		socket, filepath.Dir(s.database), s.dir))
	cmd := exec.Command("/usr/sbin/clamd", "--config-file="+filepath.Join(s.dir, "clamd.conf"))
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _, _ = cmd.Process.Wait() })
	eventually(t, "clamd", func() bool {
		conn, err := net.Dial("unix", socket)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	return "unix:" + socket, cmd
}

// TestInfectedFiles: infected files do not arrive, clean ones do, down and up, whichever
// engine judges them; and in another network nothing is judged.
func TestInfectedFiles(t *testing.T) {
	for _, engine := range []string{"embedded", "clamd"} {
		t.Run(engine, func(t *testing.T) {
			s := newSite(t)
			judged := fmt.Sprintf("databases = [%q]\n", s.database)
			if engine == "clamd" {
				address, _ := s.clamd(t)
				judged = fmt.Sprintf("clamd = %q\n", address)
			}
			w := start(t, lab.Options{}, judgeFiles+judged, config{"datapath.offload": true})
			s.nginx(t, w, lab.Right100)
			for _, name := range []string{"clean.bin", "clean.zip", "small.txt"} {
				if got := s.fetch(t, w, lab.Left100, name); !bytes.Equal(got, s.read(t, name)) {
					t.Errorf("%s: %d bytes arrived", name, len(got))
				}
			}
			for _, name := range []string{"evil.bin", "evil.zip"} {
				got, whole := s.fetch(t, w, lab.Left100, name), s.read(t, name)
				if len(got) >= len(whole) {
					t.Errorf("%s: %d bytes arrived, all of it", name, len(got))
				}
				if engine == "embedded" && bytes.Contains(got, []byte(evil)) {
					t.Errorf("%s: what is infectious arrived", name)
				}
			}
			s.uploads(t, w)
			s.told(t, w)
			w.balanced(t)
		})
	}
	t.Run("another network", func(t *testing.T) {
		s := newSite(t)
		w := start(t, lab.Options{}, judgeFiles+fmt.Sprintf("databases = [%q]\n", s.database), nil)
		s.nginx(t, w, lab.Right200)
		if got := s.fetch(t, w, lab.Left200, "evil.bin"); !bytes.Equal(got, s.read(t, "evil.bin")) {
			t.Errorf("%d bytes arrived", len(got))
		}
	})
}

// uploads sends files the other way, to a server that writes what it reads.
func (s *site) uploads(t *testing.T, w *wall) {
	t.Helper()
	arrived := make(chan []byte, 1)
	var listener net.Listener
	if err := w.In(lab.Right100, func() (err error) {
		listener, err = net.Listen("tcp", lab.Right100.Addr(false).String()+":8081")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	server := http.Server{Handler: http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		_, _ = b.ReadFrom(r.Body)
		arrived <- b.Bytes()
	})}
	done := make(chan struct{})
	go func() { _ = server.Serve(listener); close(done) }()
	defer func() { server.Close(); <-done }()
	for _, name := range []string{"clean.zip", "evil.bin", "evil.zip"} {
		_ = w.Command(t.Context(), lab.Left100, "curl", "-s", "--max-time", "8", "-T", filepath.Join(s.dir, name), "-H", "Expect:",
			fmt.Sprintf("http://%s:8081/%s", lab.Right100.Addr(false), name)).Run()
		var got []byte
		select {
		case got = <-arrived:
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: the server did not see the request", name)
		}
		if whole := bytes.Equal(got, s.read(t, name)); whole != strings.HasPrefix(name, "clean") {
			t.Errorf("upload of %s: %d bytes arrived", name, len(got))
		}
	}
}

// told looks at the events: each of the infected files is one, and says what and where.
func (s *site) told(t *testing.T, w *wall) {
	t.Helper()
	type event struct {
		Type  string `json:"event_type"`
		VXLAN struct{ VNI int }
		AV    struct{ Outcome, Signature, Action, Member string }
		File  struct{ Filename, Direction string } `json:"fileinfo"`
	}
	seen := map[string]bool{}
	eventually(t, "events of four infected files", func() bool {
		text, err := os.ReadFile(w.EVE())
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(text) {
			var e event
			if json.Unmarshal(line, &e) != nil || e.Type != "av" {
				continue
			}
			if e.AV.Outcome != "infected" || !strings.HasPrefix(e.AV.Signature, "Test.Evil") || e.AV.Action != "blocked" || e.VXLAN.VNI != 100 {
				t.Errorf("event %s", line)
			}
			seen[e.File.Direction+e.File.Filename] = true
		}
		return seen["download/evil.bin"] && seen["download/evil.zip"] && seen["upload/evil.bin"] && seen["upload/evil.zip"]
	})
}

// TestClamdDies: files meanwhile get the configured action in time, and are judged again
// once clamd is back.
func TestClamdDies(t *testing.T) {
	s := newSite(t)
	address, process := s.clamd(t)
	w := start(t, lab.Options{}, judgeFiles+fmt.Sprintf("clamd = %q\nmax-hold = \"1s\"\n", address), nil)
	s.nginx(t, w, lab.Right100)
	clean := s.read(t, "clean.bin")
	if got := s.fetch(t, w, lab.Left100, "clean.bin"); !bytes.Equal(got, clean) {
		t.Fatalf("before: %d bytes arrived", len(got))
	}
	if err := process.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_, _ = process.Process.Wait()
	began := time.Now()
	if got := s.fetch(t, w, lab.Left100, "clean.bin"); len(got) >= len(clean) {
		t.Errorf("dead: %d bytes arrived", len(got))
	}
	if took := time.Since(began); took > 5*time.Second {
		t.Errorf("the client was told after %v", took)
	}
	s.clamd(t)
	if got := s.fetch(t, w, lab.Left100, "clean.bin"); !bytes.Equal(got, clean) {
		t.Errorf("back again: %d bytes arrived", len(got))
	}
}
