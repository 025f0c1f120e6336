package load

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vxwall/bench/ready"
	"vxwall/pipeline"
)

// TestBridge: frames come through both tunnels, from the bridge's own endpoint.
func TestBridge(t *testing.T) {
	r := newRig(t, Bridge{}, Traffic{Flows: 20, VNIs: 1, Size: SizeIMIX})
	c := newCapture(t, r.Topology.Port(Sink0))
	sent, arrived := run(t, r, Order{Rate: slow, Frames: 240}, Watch{Pass: true})
	if sent.Frames != 240 || arrived.Frames != 240 || arrived.Reordered != 0 {
		t.Fatalf("sent %d, arrived %d", sent.Frames, arrived.Frames)
	}
	cfg := pipeline.Default()
	var parser pipeline.Parser
	for _, frame := range c.marked(t) {
		p, reason := parser.Parse(&cfg, frame, pipeline.LinkEthernet)
		if reason != pipeline.OK || p.Flow.VNI != FirstVNI+1 || string(frame[26:30]) != string(eth2VTEP.IP4.AsSlice()) {
			t.Fatalf("%v, VNI %d: %x", reason, p.Flow.VNI, frame)
		}
	}
}

// TestRings: the process forwards, in both directions.
func TestRings(t *testing.T) {
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	r := newRig(t, Rings{Program: program, Args: []string{"serve-rings", Eth1, Eth2}}, Traffic{Flows: 10, VNIs: 1, Size: Size1400})
	if _, arrived := run(t, r, Order{Rate: 5000, Frames: 500}, Watch{}); arrived.Frames != 500 || arrived.Reordered != 0 {
		t.Errorf("arrived %+v, want 500 frames", arrived)
	}
	back, err := NewSink(r.Topology.Port(Gen0))
	if err != nil {
		t.Fatal(err)
	}
	defer back.Close()
	if err := back.Begin(Watch{Run: 9}); err != nil {
		t.Fatal(err)
	}
	if err := r.send(t.Context(), Sink0, r.Traffic, Order{Rate: 5000, Frames: 100, Run: 9}); err != nil {
		t.Fatal(err)
	}
	if a, err := back.Read(0); err != nil || a.Frames != 100 {
		t.Errorf("%d frames came back, %v, want 100", a.Frames, err)
	}
}

// TestTCP: bytes come through, and nothing is left of the devices.
func TestTCP(t *testing.T) {
	top := newTopology(t)
	for range 2 {
		trial, err := TryTCP(t.Context(), top, Redirect{}, 200*time.Millisecond)
		if err != nil || trial.Bytes < 1<<20 {
			t.Errorf("%d bytes, %v", trial.Bytes, err)
		}
	}
}

// TestRates: figures hang together.
func TestRates(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64})
	rates, err := r.Rates(t.Context(), 100*time.Millisecond, 0.05)
	if err != nil {
		t.Fatal(err)
	}
	o := rates.Overload
	if o.Delivered < 1000 || o.Received > o.Sent || math.Abs(o.Bits/o.Delivered-114*8) > 1e-6 || len(rates.Trials) == 0 {
		t.Errorf("overload %+v, %d trials", o, len(rates.Trials))
	}
	if rates.LossFree > 1.2*o.Offered || rates.Loss > 0.05 {
		t.Errorf("loss-free %v with a loss of %v, offered %v", rates.LossFree, rates.Loss, o.Offered)
	}
}

func TestCancelled(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	begin := time.Now()
	if _, err := r.Try(ctx, 0, time.Minute); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if took := time.Since(begin); took > 5*time.Second {
		t.Errorf("took %v to stop", took)
	}
}

// TestChildDies: what a process says last is in the error.
func TestChildDies(t *testing.T) {
	top := newTopology(t)
	_, err := Vxwall{Program: "/bin/false"}.Start(t.Context(), top)
	if err == nil || !strings.Contains(err.Error(), "/bin/false ended: exit status 1") {
		t.Errorf("error %v", err)
	}
	c, err := startChild(top.Wall, nil, "/bin/sleep", "60")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.await(t.Context(), 50*time.Millisecond, func() bool { return false }); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	if err := c.stop(); err != nil {
		t.Error(err)
	}
}

func TestNotify(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	n, err := ready.Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	defer n.Close()
	if err := notifyReady(path); err != nil {
		t.Fatal(err)
	}
	for range 100 {
		if n.Ready() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("not ready")
}

// TestBackports: the source of the backports is that of the release, but for the suite.
func TestBackports(t *testing.T) {
	dir := t.TempDir()
	text := "Types: deb\nURIs: u\nSuites: nodistro\nSigned-By: /other.gpg\n\nTypes: deb\nURIs: u\nSuites: oak oak-updates\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
	if _, _, err := backports(dir); err == nil {
		t.Error("an empty directory has a source")
	}
	if err := os.WriteFile(filepath.Join(dir, "x.sources"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	suite, source, err := backports(dir)
	want := "Types: deb\nURIs: u\nSuites: oak-backports\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
	if err != nil || suite != "oak-backports" || strings.TrimSpace(source) != strings.TrimSpace(want) {
		t.Errorf("%q %q %v", suite, source, err)
	}
}
