package appliance

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

const (
	// probeEvery is how often a worker is asked for a sign of life.
	probeEvery = 500 * time.Millisecond
	// silentAfter is when a worker that gives none counts as hung. The XDP
	// program notices within the heartbeat and does as on_death says; this is
	// for people, and for the watchdog that restarts the daemon.
	silentAfter = 3 * time.Second
)

// liveWorker is a worker with its thread.
type liveWorker struct {
	*pipeline.Worker
	number int
	queue  pipeline.Queue
	recent *recentDrops
	thread atomic.Int32  // its number in the kernel, 0 before the start
	beat   atomic.Int64  // time of the last sign of life
	done   chan struct{} // closed when it has ended
}

func (r *running) newLiveWorker(c pipeline.Config, number int, queue pipeline.Queue) *liveWorker {
	recent := newRecentDrops(r.observer(number), &r.policies.Current)
	w := &liveWorker{
		Worker: pipeline.NewWorker(c, queue, &r.policies.Current, recent),
		number: number, queue: queue, recent: recent, done: make(chan struct{}),
	}
	w.beat.Store(time.Now().UnixNano())
	return w
}

func (r *running) startWorkers() {
	r.working = true
	for _, w := range r.workers {
		go r.work(w)
		go w.probe()
	}
}

// work is a worker's thread. It is never unlocked, and ends with the worker.
func (r *running) work(w *liveWorker) {
	runtime.LockOSThread()
	w.thread.Store(int32(unix.Gettid()))
	defer close(w.done)
	if err := w.Run(); err != nil {
		r.fail(fmt.Errorf("worker %d: %w", w.number, err))
	}
}

// probe asks the worker for signs of life until it ends.
func (w *liveWorker) probe() {
	tick := time.NewTicker(probeEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-w.done:
			return
		}
		if !w.Ask(func(*flow.Table) {}) {
			return
		}
		w.beat.Store(time.Now().UnixNano())
	}
}

// silent is how long ago the worker last gave a sign of life.
func (w *liveWorker) silent(now time.Time) time.Duration {
	return max(0, now.Sub(time.Unix(0, w.beat.Load())))
}

// cpu is the time that the worker's thread ran on a CPU: the first number of
// schedstat (Linux, Documentation/scheduler/sched-stats.rst).
func (w *liveWorker) cpu() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/task/%d/schedstat", w.thread.Load()))
	if err != nil {
		return 0
	}
	first, _, _ := bytes.Cut(text, []byte{' '})
	ns, _ := strconv.ParseInt(string(first), 10, 64)
	return time.Duration(ns)
}
