package live

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
	"vxwall/bench/lab/labtest"
)

// vxwall is the program, built for these tests.
var vxwall string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "vxwall-live")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	vxwall = filepath.Join(dir, "vxwall")
	build := exec.Command("go", "build", "-o", vxwall, "vxwall/appliance/cmd/vxwall")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build vxwall: %v\n%s", err, out)
		os.Exit(1)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(status int) {
		os.RemoveAll(dir)
		os.Exit(status)
	}))
}

// Segments of all policies here.
const segments = `
[policy]
default = "deny"

[control]
multicast = "allow"

[[segment]]
name = "red"
vni  = [100]

[[segment]]
name = "blue"
vni  = [200]
`

// Policies.
const (
	allowBoth = segments + `
[[acl]]
name   = "red-to-red"
from   = ["red"]
to     = ["red"]
action = "allow"

[[acl]]
name   = "blue-to-blue"
from   = ["blue"]
to     = ["blue"]
action = "allow"
`
	rejectRed = segments + `
[[acl]]
name   = "red-to-red"
from   = ["red"]
to     = ["red"]
action = "reject"
`
	operatorsOnly = segments + `
[[segment]]
name  = "operators"
group = [17]

[[acl]]
name   = "operators-everywhere"
from   = ["operators"]
to     = ["any"]
action = "allow"
`
	denyBoth = segments
)

// wall is vxwall in a lab.
type wall struct {
	*lab.Lab
	*lab.Appliance
	admin *admin.Client
}

type config map[string]any

// start builds a lab with vxwall in its wall.
func start(t *testing.T, o lab.Options, policy string, cfg config) *wall {
	t.Helper()
	l := labtest.ForTest(t, o)
	a := labtest.Start(t, l, lab.Setup{Binary: vxwall, Policy: policy, Config: cfg})
	return &wall{l, a, admin.NewClient(l.Socket())}
}

func (w *wall) status(t *testing.T) admin.Status {
	t.Helper()
	s, err := w.admin.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// balanced checks, once traffic is over, that no packet and no frame is missing.
func (w *wall) balanced(t *testing.T) admin.Status {
	t.Helper()
	var s admin.Status
	eventually(t, "counters that add up", func() bool {
		s = w.status(t)
		p, f := s.Packets, s.Frames
		return p.Received.Packets == p.Forwarded.Packets+p.Dropped.Packets+p.Held &&
			f.Total == f.Free+f.Fill+f.Rx+f.Tx+f.Completion+f.Held+f.HandOver
	})
	return s
}

// reload puts a policy in force.
func (w *wall) reload(t *testing.T, policy string) {
	t.Helper()
	if err := w.SetPolicy(policy); err != nil {
		t.Fatal(err)
	}
	if r, err := w.admin.Reload(t.Context()); err != nil || !r.Good {
		t.Fatalf("reload: %+v, %v", r, err)
	}
}

// flow is the first flow that a query finds.
func (w *wall) flow(t *testing.T, q admin.FlowQuery) (f admin.Flow, found bool) {
	t.Helper()
	got, err := w.admin.Flows(t.Context(), &q)
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Flows) == 0 {
		return f, false
	}
	return got.Flows[0], true
}

func (w *wall) wantPing(t *testing.T, p lab.Ping) {
	t.Helper()
	p.Timeout = 5 * time.Second
	if got, err := w.Ping(t.Context(), p); err != nil || got.Lost() > 0 || got.Duplicates > 0 {
		t.Errorf("%+v: %v, %d duplicates, %v", p, got, got.Duplicates, err)
	}
}

func (w *wall) wantTransfer(t *testing.T, tr lab.Transfer) {
	t.Helper()
	got, err := w.Transfer(t.Context(), tr)
	if err != nil || !got.Intact() {
		t.Errorf("%+v: %v, %v", tr, got, err)
		return
	}
	t.Logf("%s port %d: %v", tr.From, tr.Port, got)
}

// stream starts a stream after a ping, so that addresses are known.
func (w *wall) stream(t *testing.T, s lab.Stream) *lab.RunningStream {
	t.Helper()
	w.wantPing(t, lab.Ping{From: s.From, Six: s.Six, Count: 1})
	running, err := w.Stream(context.WithoutCancel(t.Context()), s)
	if err != nil {
		t.Fatal(err)
	}
	return running
}

// eventually waits until a condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %s within 10 s", what)
		}
	}
}
