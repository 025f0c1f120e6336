package live

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
)

// largestSet is Emerging Threats Open of 2017, which lies beside the repository.
const (
	largestSet      = "../../../shared/data/rules/et-open-suricata-update-tests/emerging.rules.tar.gz"
	largestSetRules = 19_556
)

// unpackSignatures unpacks the rule files of an archive, and counts their rules that are not
// commented out.
func unpackSignatures(t *testing.T, archive, dir string) (count int) {
	t.Helper()
	f, err := os.Open(archive)
	if errors.Is(err, fs.ErrNotExist) {
		if os.Getenv("CI") != "" {
			t.Fatalf("no %s", archive)
		}
		t.Skipf("no %s", archive)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for files := tar.NewReader(unzipped); ; {
		h, err := files.Next()
		if err == io.EOF {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		if filepath.Ext(h.Name) != ".rules" {
			continue
		}
		text, err := io.ReadAll(files)
		if err == nil {
			err = os.WriteFile(filepath.Join(dir, filepath.Base(h.Name)), text, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
		count += bytes.Count(append([]byte("\n"), text...), []byte("\nalert "))
	}
}

// upload is a TCP connection that carries bytes, at a moderate speed, until it is ended.
type upload struct {
	stop chan struct{}
	done chan error
	sent int
}

// startUpload starts one from the left of VNI 100 to the right.
func (w *wall) startUpload(t *testing.T, port int) *upload {
	t.Helper()
	var listener net.Listener
	var conn net.Conn
	err := w.In(lab.Right100, func() (err error) {
		listener, err = net.Listen("tcp4", fmt.Sprint(":", port))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	err = w.In(lab.Left100, func() (err error) {
		conn, err = net.DialTimeout("tcp4", fmt.Sprintf("%s:%d", lab.Right100.Addr4(), port), 3*time.Second)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	go func() { // it answers with the hash of what came
		defer server.Close()
		sum := sha256.New()
		if _, err := io.Copy(sum, server); err == nil {
			_, _ = server.Write(sum.Sum(nil)) // the client misses it if it fails
		}
	}()
	u := &upload{stop: make(chan struct{}), done: make(chan error, 1)}
	go func() { u.done <- u.run(conn.(*net.TCPConn)) }()
	return u
}

// run sends 64 KiB every two milliseconds, then compares hashes.
func (u *upload) run(conn *net.TCPConn) error {
	defer conn.Close()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	sum, block := sha256.New(), make([]byte, 64<<10)
	for more := true; more; u.sent += len(block) {
		for i := range block {
			block[i] = byte(u.sent>>16 + i*i>>7)
		}
		sum.Write(block)
		if err := conn.SetDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		if _, err := conn.Write(block); err != nil {
			return err
		}
		select {
		case <-tick.C:
		case <-u.stop:
			more = false
		}
	}
	if err := conn.CloseWrite(); err != nil {
		return err
	}
	arrived, err := io.ReadAll(conn)
	if err == nil && !bytes.Equal(arrived, sum.Sum(nil)) {
		err = errors.New("the hashes differ")
	}
	return err
}

// inspected is a policy whose VNI 100 is judged by signatures in a folder, and by one of its
// own.
func inspected(dir string) string {
	return segments + fmt.Sprintf(`
[[acl]]
name    = "red-to-red"
from    = ["red"]
to      = ["red"]
action  = "allow"
inspect = ["all"]

[[ips]]
name  = "all"
rules = ["%s/*.rules"]

[[signature]]
id     = 1000001
name   = "exploit of a CGI program"
action = "reject"
app    = "http"

[[signature.match]]
buffer  = "http.uri"
content = "/exploit.cgi"
`, dir)
}

// TestReloadOfTheLargestSetUnderLoad: while the largest set of signatures comes into force, and
// goes again, no packet is lost, a long transfer arrives intact, and an attack is found
// whose two halves are parted by the reload.
func TestReloadOfTheLargestSetUnderLoad(t *testing.T) {
	few, many := t.TempDir(), t.TempDir()
	rules := unpackSignatures(t, largestSet, many)
	if rules < largestSetRules {
		t.Errorf("%d rules, want %d", rules, largestSetRules)
	}
	if err := os.WriteFile(filepath.Join(few, "few.rules"), []byte("alert icmp any any -> any any (msg:\"x\"; itype:99; sid:1;)\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, lab.Options{}, inspected(few), nil)
	asked := w.serve(t, lab.Right100)
	datagrams := w.stream(t, lab.Stream{From: lab.Left100, Port: 6000, Rate: 2000, Size: 512, Echo: true})
	long := w.startUpload(t, 6001)
	for i, dir := range []string{many, few} {
		c := w.connect(t, lab.Left100, false, uint16(21000+i))
		half := strings.Index(exploitRequest, "loit")
		c.send(t, c.layers(0, "PA", exploitRequest[:half]))
		time.Sleep(100 * time.Millisecond)
		r := w.reloadAll(t, inspected(dir))
		t.Logf("%d rules: reload took %.2f s, %d not judged", []int{rules, 1}[i], r.Took, len(r.Problems))
		c.send(t, c.layers(half, "PA", exploitRequest[half:]))
		c.wantReset(t, asked)
		c.end(t, len(exploitRequest))
	}
	close(long.stop)
	if err := <-long.done; err != nil {
		t.Errorf("the transfer: %v", err)
	}
	got := datagrams.Stop()
	if got.Lost() > 0 || got.Duplicated > 0 || got.Echoed != got.Sent {
		t.Errorf("datagrams: %v, %d echoed", got, got.Echoed)
	}
	t.Logf("%d MiB in one connection, %v", long.sent>>20, got)
	for _, d := range w.balanced(t).Packets.DroppedBy {
		if !strings.HasPrefix(d.Reason, "signature") { // the exploit, and what came after it
			t.Errorf("dropped: %+v", d)
		}
	}
}

// reloadAll is reload of a policy some of whose signatures may not be judged.
func (w *wall) reloadAll(t *testing.T, policy string) admin.Reload {
	t.Helper()
	if err := w.SetPolicy(policy); err != nil {
		t.Fatal(err)
	}
	r, err := w.admin.Reload(t.Context())
	if err != nil || !r.Good {
		t.Fatalf("reload: %v, %.300v", err, r)
	}
	return r
}
