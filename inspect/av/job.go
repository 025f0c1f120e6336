package av

import (
	"runtime"
	"sync"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// job is a file on its way to a goroutine that judges it as a whole, and back.
type job struct {
	file    *file // the worker's; not touched by the goroutine; nil if nobody waits
	soFar   bool  // more of the file may come: its bytes stay the file's, too
	session uint32
	late    *late // if its flow ended meanwhile
	engine  Engine
	bytes   []byte
	name    string
	finding Finding
	due     int64 // when its file stops waiting, nanoseconds since 1970
	back    *returns
}

// late is what the report about a file needs once its flow has ended.
type late struct {
	record  flow.Record
	profile *Profile
}

// returns are the jobs of one worker that are done.
type returns struct {
	mu    sync.Mutex
	done  []*job
	spare []*job // memory of done, while the worker looks at it
	waker pipeline.Waker
}

// put hands a job back.
func (r *returns) put(j *job) {
	r.mu.Lock()
	r.done = append(r.done, j)
	r.mu.Unlock()
	r.waker.Wake()
}

// take returns the jobs that are done. Borrowed until the next call.
func (r *returns) take() []*job {
	r.mu.Lock()
	defer r.mu.Unlock()
	done := r.done
	r.done, r.spare = r.spare[:0], done
	return done
}

// Judges are the goroutines that judge files as a whole, for all workers of an
// appliance.
type Judges struct {
	jobs chan *job
	wg   sync.WaitGroup
}

// maxQueued is how many files may wait for a goroutine. More are not judged.
const maxQueued = 1024

// NewJudges starts n goroutines, as many as there are processors for 0. They end with Close.
func NewJudges(n int) *Judges {
	if n <= 0 {
		n = runtime.GOMAXPROCS(0)
	}
	j := &Judges{jobs: make(chan *job, maxQueued)}
	for range n {
		j.wg.Go(j.judge)
	}
	return j
}

// Close ends the goroutines once they have judged what was handed to them. Nothing may
// be handed to them after.
func (j *Judges) Close() {
	close(j.jobs)
	j.wg.Wait()
}

func (j *Judges) judge() {
	for job := range j.jobs {
		job.finding = job.engine.Whole(job.bytes, job.name)
		job.back.put(job)
	}
}

// offer hands a file to the goroutines. It reports false if too many wait.
func (j *Judges) offer(one *job) bool {
	select {
	case j.jobs <- one:
		return true
	default:
		return false
	}
}
