package load

import (
	"context"
	"math/bits"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/asm"
)

// lossy is a system that drops every hundredth frame.
type lossy struct{ inWire }

func (lossy) Name() string { return "lossy" }

func (lossy) Start(_ context.Context, t *Topology) (func() error, error) {
	var u undo
	count, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 8, MaxEntries: 1})
	if err != nil {
		return nil, err
	}
	u.add(count.Close)
	device, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.DevMap, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		return u.orUndo(err)
	}
	u.add(device.Close)
	program, err := ebpf.NewProgram(&ebpf.ProgramSpec{Type: ebpf.XDP, License: "GPL", Instructions: dropEvery(100, count, device)})
	if err != nil {
		return u.orUndo(err)
	}
	u.add(program.Close)
	err = t.Wall.Do(func() error { return device.Put(uint32(0), uint32(t.Port(Eth2).Index)) })
	if err == nil {
		err = attach(&u, t.Port(Eth1), program)
	}
	return u.orUndo(err)
}

func dropEvery(n int32, count, device *ebpf.Map) asm.Instructions {
	return asm.Instructions{
		asm.StoreImm(asm.RFP, -4, 0, asm.Word),
		asm.LoadMapPtr(asm.R1, count.FD()),
		asm.Mov.Reg(asm.R2, asm.RFP),
		asm.Add.Imm(asm.R2, -4),
		asm.FnMapLookupElem.Call(),
		asm.JEq.Imm(asm.R0, 0, "drop"),
		asm.LoadMem(asm.R1, asm.R0, 0, asm.DWord),
		asm.Add.Imm(asm.R1, 1),
		asm.StoreMem(asm.R0, 0, asm.R1, asm.DWord),
		asm.Mod.Imm(asm.R1, n),
		asm.JEq.Imm(asm.R1, 0, "drop"),
		asm.LoadMapPtr(asm.R1, device.FD()),
		asm.Mov.Imm(asm.R2, 0),
		asm.Mov.Imm(asm.R3, 0),
		asm.FnRedirectMap.Call(),
		asm.Return(),
		asm.Mov.Imm(asm.R0, 1).WithSymbol("drop"),
		asm.Return(),
	}
}

// TestLoss: what does not arrive is seen, to the frame.
func TestLoss(t *testing.T) {
	r := newRig(t, lossy{}, Traffic{Flows: 100, VNIs: 1, Size: Size64, NewFlows: true})
	sent, arrived := run(t, r, Order{Rate: slow, Frames: 1000}, Watch{})
	if sent.Frames != 1000 || arrived.Frames != 990 {
		t.Errorf("sent %d, arrived %d, want 1000 and 990", sent.Frames, arrived.Frames)
	}
	trial, err := r.Try(t.Context(), slow, 100*time.Millisecond)
	if loss := trial.Loss(); err != nil || loss < 0.009 || loss > 0.02 {
		t.Errorf("loss %v, %v, want 1 %%", loss, err)
	}
}

// TestOtherRuns: frames of a run that is over are not counted.
func TestOtherRuns(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size64})
	if err := r.sink.Begin(Watch{Run: 8}); err != nil {
		t.Fatal(err)
	}
	if err := r.send(t.Context(), Gen0, r.Traffic, Order{Rate: slow, Frames: 50, Run: 7}); err != nil {
		t.Fatal(err)
	}
	if a, err := r.sink.Read(0); err != nil || a.Frames != 0 {
		t.Errorf("counted %d frames of another run, %v", a.Frames, err)
	}
}

// TestLatency: each frame is in the histogram, and took a time that is possible.
func TestLatency(t *testing.T) {
	r := newRig(t, Redirect{}, Traffic{Flows: 10, VNIs: 1, Size: Size1400})
	trial, err := r.Try(t.Context(), slow, 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	h := trial.Histogram
	if h.Total() != trial.Received || trial.Received == 0 {
		t.Errorf("%d frames in the histogram, %d arrived", h.Total(), trial.Received)
	}
	if p50, p99 := h.Quantile(0.5), h.Quantile(0.99); p50 < 500*time.Nanosecond || p50 > p99 || p99 > time.Second {
		t.Errorf("p50 %v, p99 %v", p50, p99)
	}
}

// bucketOf is the bucket of a number of nanoseconds, as sink.bpf.c finds it.
func bucketOf(nanoseconds uint64) int {
	shift := max(bits.Len64(nanoseconds)-1-precision, 0)
	return min(shift<<precision+int(nanoseconds>>shift), buckets-1)
}

// TestHistogram: a quantile is at most 1/32 above the true one, and buckets are
// where the BPF program puts them.
func TestHistogram(t *testing.T) {
	for _, ns := range []uint64{0, 1, 31, 32, 33, 63, 64, 1000, 12_345, 1_000_000, 33_333_333_333} {
		var h Histogram
		h.counts[bucketOf(ns)]++
		if got := uint64(h.Quantile(0.5)); got < ns || got > ns+ns/32 {
			t.Errorf("%d ns is in the bucket up to %d", ns, got)
		}
	}
	var h Histogram
	h.counts[bucketOf(100)], h.counts[bucketOf(1000)] = 90, 10
	if h.Quantile(0.9) > 110 || h.Quantile(0.95) < 1000 || h.Quantile(1) < 1000 {
		t.Errorf("quantiles %v %v %v", h.Quantile(0.9), h.Quantile(0.95), h.Quantile(1))
	}
	if h.Total() != 100 || (&Histogram{}).Quantile(0.5) != 0 {
		t.Error("total, or the quantile of nothing")
	}
}
