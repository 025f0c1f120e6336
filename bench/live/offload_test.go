package live

import (
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/bench/lab"
)

// TestOffloadRunsInTheKernel: of an allowed flow the kernel handles all but the
// first packets, and what it counts is part of the flow's own numbers.
func TestOffloadRunsInTheKernel(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, nil)
	r, _ := w.offloaded(t)
	f := w.flow7000(t)
	const inner, outer = 500 + 8 + 20 + 14, 8 + 8 + 20 + 14
	if f.Forth.Packets != r.Sent || f.Back.Packets != r.Echoed || f.Forth.Bytes != r.Sent*(inner+outer) || f.Back.Bytes != f.Forth.Bytes {
		t.Errorf("flow %+v, %d sent", f, r.Sent)
	}
}

// offloaded has a stream to port 7000, and wants the kernel to forward most of it. What
// it returns is of the end.
func (w *wall) offloaded(t *testing.T) (r lab.StreamReport, status admin.Status) {
	t.Helper()
	s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Echo: true, Size: 500})
	time.Sleep(time.Second)
	r = s.Stop()
	if r.Lost() > 0 || r.Echoed != r.Sent {
		t.Fatalf("%v, %d echoed", r, r.Echoed)
	}
	status = w.balanced(t)
	sum := status.Kernel.Forwarded.Packets
	t.Logf("%d datagrams each way, %d packets forwarded by the kernel, %d by workers", r.Sent, sum, status.Packets.Forwarded.Packets)
	if sum < 2*r.Sent*9/10 {
		t.Errorf("the kernel forwarded %d packets of %d", sum, 2*r.Sent)
	}
	return r, status
}

// flow7000 is the flow to or from port 7000.
func (w *wall) flow7000(t *testing.T) (f admin.Flow) {
	t.Helper()
	f, found := w.flow(t, admin.FlowQuery{Port: 7000})
	if !found {
		t.Fatal("no such flow")
	}
	return f
}

// TestRuleChangeTakesAnOffloadBack within 100 ms: the kernel forwards nothing by
// a policy that is gone, and goes on if a later one allows it again.
func TestRuleChangeTakesAnOffloadBack(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, nil)
	s := w.stream(t, lab.Stream{From: lab.Left100, Port: 7000, Rate: 5000})
	eventually(t, "offloaded flow", func() bool { return w.flow7000(t).Forth.Offloaded })
	if err := w.SetPolicy(denyBoth); err != nil {
		t.Fatal(err)
	}
	asked := time.Now()
	if reload, err := w.admin.Reload(t.Context()); err != nil || !reload.Good {
		t.Fatal(reload, err)
	}
	answered := time.Since(asked)
	time.Sleep(500 * time.Millisecond)
	before := s.Report()
	took := before.LastArrival.Sub(asked)
	t.Logf("reload answered after %v, the last datagram came after %v", answered, took)
	if took > 100*time.Millisecond {
		t.Errorf("the last datagram came %v after the reload was asked for", took)
	}
	w.reload(t, allowBoth)
	eventually(t, "datagrams again", func() bool { return s.Report().Received > before.Received+100 })
	s.Stop()
	w.balanced(t)
}

// TestTCPCloseIsSeen though the connection was offloaded, and bytes add up.
func TestTCPCloseIsSeen(t *testing.T) {
	w := start(t, lab.Options{}, allowBoth, nil)
	w.wantTransfer(t, lab.Transfer{From: lab.Right100, Port: 7000, Bytes: 64 << 20})
	eventually(t, "closed connection", func() bool {
		f, found := w.flow(t, admin.FlowQuery{Port: 7000})
		return !found || !f.Forth.Offloaded && !f.Back.Offloaded && f.State != "established"
	})
	f, found := w.flow(t, admin.FlowQuery{Port: 7000})
	status := w.balanced(t)
	t.Logf("flow %+v; the kernel forwarded %d packets", f, status.Kernel.Forwarded.Packets)
	if status.Kernel.Forwarded.Bytes < 64<<20 || found && f.Forth.Bytes < 64<<20 || status.Kernel.Offloaded != 0 {
		t.Errorf("kernel %+v, flow %+v", status.Kernel, f)
	}
}
