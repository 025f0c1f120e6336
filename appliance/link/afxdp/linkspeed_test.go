package afxdp

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/ring"
	"vxwall/appliance/link/afxdp/vethtest"
	"vxwall/pipeline"
	pt "vxwall/pipeline/pipelinetest"
)

// BenchmarkLink is the time for a frame from the RX ring of one port to the end
// behind the other, while CPU 0 sends more than that and CPU 1 does the rest:
// once with the rings alone, once with a worker whose only stage allows all.
// Compare the two in one run, interleaved by -count.
func BenchmarkLink(b *testing.B) {
	b.Run("rings", func(b *testing.B) {
		benchmarkLink(b, func(l *Link) func() error { return func() error { return thin(l) } })
	})
	b.Run("worker", func(b *testing.B) {
		benchmarkLink(b, func(l *Link) func() error {
			current := new(pipeline.Current)
			current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{pt.AllowAll()}})
			return pipeline.NewWorker(pipeline.Default(), l.queues[0], current, silent{}).Step
		})
	})
}

func benchmarkLink(b *testing.B, stepper func(*Link) func() error) {
	w := vethtest.New(b, vethtest.Config{})
	w.Ends[0].EnableNAPI(b)
	w.Ends[1].Drain(b)
	cfg := testConfig(w)
	cfg.Overload = Drop
	l := openLink(b, cfg)
	pinTo(b, 1)
	var stop atomic.Bool
	ended := make(chan error)
	go func() {
		var err error
		for err == nil && !stop.Load() {
			err = floodOnce(w.Ends[0])
		}
		ended <- err
	}()
	step := stepper(l)
	received := &l.sockets[0][0].received
	until := func(n int) {
		for *received < uint64(n) {
			if err := step(); err != nil && !errors.Is(err, pipeline.ErrTimeout) {
				b.Fatal(err)
			}
		}
	}
	const warm = 10000
	until(warm)
	b.ReportAllocs()
	b.ResetTimer()
	before := threadTime(b)
	until(warm + b.N)
	b.StopTimer()
	b.ReportMetric(float64(threadTime(b)-before)/float64(b.N), "cpu-ns/op")
	stats, err := l.sockets[1][0].Stats()
	check(b, err)
	b.ReportMetric(float64(stats.Kicks)/float64(stats.Sent), "kicks/op")
	stop.Store(true)
	check(b, <-ended)
}

func floodOnce(e *vethtest.End) error {
	frame := pt.Frame(pt.VXLAN{VNI: 100}, pt.Eth{}, pt.IPv4{Src: "10.1.0.5", Dst: "10.2.0.9"}, pt.UDP{Src: 1, Dst: 514}, pt.Zeros(64-42))
	return e.Flood(frame, innerHost, 0, 1<<22)
}

// pinTo keeps the goroutine, which is locked to its thread, on a CPU.
func pinTo(t testing.TB, cpu int) {
	t.Helper()
	var set unix.CPUSet
	set.Set(cpu)
	check(t, unix.SchedSetaffinity(0, &set))
}

// threadTime is what the thread has used of its CPU, in nanoseconds: it says more
// than the clock on a machine that others use too.
func threadTime(b *testing.B) int64 {
	b.Helper()
	var u unix.Rusage
	check(b, unix.Getrusage(unix.RUSAGE_THREAD, &u))
	return u.Utime.Nano() + u.Stime.Nano()
}

// thin forwards a batch as a Queue does, without looking at it.
func thin(l *Link) error {
	in, out, q := l.sockets[0][0], l.sockets[1][0], l.queues[0]
	n := in.Peek(ring.Chunk)
	for i := range n {
		addr, size := in.At(i)
		if ok, _ := out.Push(addr, size); !ok {
			out.CountFull()
			q.cache.Put(l.umem.Base(addr))
		}
	}
	in.Take(n)
	in.took(n, time.Now().UnixNano())
	out.Flush(q.cache)
	in.Refill(q.cache)
	in.control.beat(0, 0)
	return nil
}
