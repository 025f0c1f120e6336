package admin

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// answering serves one answer on a socket and returns a client, and what was asked.
func answering(t *testing.T, status int, body string) (*Client, *string) {
	t.Helper()
	socket, asked := filepath.Join(t.TempDir(), "s"), new(string)
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		*asked = r.Method + " " + r.URL.String()
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	})}
	done := make(chan struct{})
	go func() { defer close(done); _ = server.Serve(l) }()
	t.Cleanup(func() { server.Close(); <-done })
	return NewClient(socket), asked
}

func TestClient(t *testing.T) {
	ctx := context.Background()
	c, asked := answering(t, 200, `{"total": 3, "flows": [{"vni": 7, "to_source": {"packets": 9, "offloaded": true}}]}`)
	vni := uint32(0)
	f, err := c.Flows(ctx, &FlowQuery{Limit: 5, VNI: &vni, Host: "10.0.0.0/8", Port: 53, Proto: "udp", Segment: "a b", Rule: "x", Denied: true})
	if err != nil || f.Total != 3 || f.Flows[0].VNI != 7 || f.Flows[0].Back.Packets != 9 || !f.Flows[0].Back.Offloaded {
		t.Errorf("%+v %v", f, err)
	}
	if want := "GET /v1/flows?denied=true&host=10.0.0.0%2F8&limit=5&port=53&proto=udp&rule=x&segment=a+b&vni=0"; *asked != want {
		t.Errorf("asked %s, want %s", *asked, want)
	}
	if v := (&FlowQuery{}).Values(); len(v) != 0 {
		t.Error(v)
	}
	if _, err := c.Drops(ctx, 9, "1.2"); err != nil || *asked != "GET /v1/drops?limit=9&since=1.2" {
		t.Error(*asked, err)
	}
	c, asked = answering(t, 200, `{"attention": ["x"], "workers": [{"cpu_seconds": 1.5}]}`)
	if s, err := c.Status(ctx); err != nil || *asked != "GET /v1/status" || s.Attention[0] != "x" || s.Workers[0].CPU != 1.5 {
		t.Errorf("%s %+v %v", *asked, s, err)
	}
}

// TestRefusedReload: a refusal is an answer, no error.
func TestRefusedReload(t *testing.T) {
	c, asked := answering(t, 422, `{"good": false, "problems": [{"file": "a", "line": 3}]}`)
	r, err := c.Reload(context.Background())
	if err != nil || !reflect.DeepEqual(r.Problems, []Problem{{File: "a", Line: 3}}) || *asked != "POST /v1/reload" {
		t.Errorf("%+v %v %s", r, err, *asked)
	}
}

func TestClientErrors(t *testing.T) {
	ctx := context.Background()
	for _, c := range []struct {
		status     int
		body, want string
	}{
		{400, `{"error": "limit: bad"}`, "limit: bad"},
		{500, "oops", "ask vxwall: it answers 500 Internal Server Error"},
		{200, "<html>", "read answer of vxwall at "},
	} {
		client, _ := answering(t, c.status, c.body)
		if _, err := client.Status(ctx); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%d %s: %v", c.status, c.body, err)
		}
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	client, _ := answering(t, 200, "{}")
	if _, err := client.Status(canceled); err == nil {
		t.Error("no error after the end of the context")
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewClient(file).Status(ctx); err == nil || !strings.Contains(err.Error(), "vxwall is not running there") {
		t.Error(err)
	}
}

// TestWhoMay says whom to ask for permission.
func TestWhoMay(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if err := os.WriteFile(path, nil, 0o660); err != nil {
		t.Fatal(err)
	}
	if got := NewClient(path).whoMay(); got != "ask as root" {
		t.Error(got)
	}
	if os.Getuid() != 0 {
		return // only root gives files away
	}
	if err := os.Chmod(path, 0o660); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(path, -1, 12345); err != nil {
		t.Fatal(err)
	}
	if got := NewClient(path).whoMay(); got != "ask as root or as a member of group 12345" {
		t.Error(got)
	}
}

// TestHang: who asks a vxwall that hangs hears of it, each in its time.
func TestHang(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		c := NewClient("/run/none.sock")
		c.http.Transport = hanging{}
		_, err := c.Status(context.Background())
		if took := time.Since(start); err == nil || took != 10*time.Second || !strings.HasPrefix(err.Error(), "ask vxwall at /run/none.sock: no answer in 10s: it hangs") {
			t.Errorf("after %v: %v", took, err)
		}
		if _, err := c.Reload(context.Background()); err == nil || !strings.Contains(err.Error(), "no answer in 2m0s") {
			t.Error(err)
		}
	})
}

// hanging never answers.
type hanging struct{}

func (hanging) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}
