package av

import (
	"vxwall/inspect/app"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// worker is what a worker keeps over reloads.
type worker struct {
	scope    *pipeline.Scope
	tracker  *app.Tracker
	sink     Sink
	contents []*content // by number of the session
	spare    []*content
	files    []*file // free ones, of made
	made     int
	limits   Limits
	room     room
	scanners map[Engine][]Scanner // free ones, of the engines in force
	waiting  []*job
	gated    []*content // those with packets held, to look at in time
	returns  *returns   // nil if files are judged on the road
	found    Found
	stage    *inspector // in force
}

type workerKey struct{}

func (s *Stage) newWorker(scope *pipeline.Scope) *worker {
	w := &worker{
		scope: scope, tracker: app.In(scope, s.App), limits: s.Limits, room: room{left: s.Limits.Memory},
		scanners: map[Engine][]Scanner{},
	}
	if s.Sink != nil {
		w.sink = s.Sink(scope)
	}
	if waker := scope.Waker(); waker != nil && s.Judges != nil {
		w.returns = &returns{waker: waker}
		scope.OnStep(func() { w.stage.step() })
	}
	w.tracker.OnFinal(func(u *app.Update) { w.stage.final(u) })
	w.tracker.OnEnd(w.end)
	return w
}

// content returns what is known of a session's files, made if there is none.
func (w *worker) content(u *app.Update) *content {
	n := int(u.Session.Number())
	for len(w.contents) <= n {
		w.contents = append(w.contents, nil)
	}
	if c := w.contents[n]; c != nil {
		return c
	}
	var c *content
	if last := len(w.spare) - 1; last >= 0 {
		c, w.spare = w.spare[last], w.spare[:last]
	} else {
		c = new(content)
	}
	c.flow, c.session = w.scope.Number(u.Record), u.Session
	w.contents[n] = c
	return c
}

// known returns what is known of a session's files, nil for nothing.
func (w *worker) known(s *app.Session) *content {
	if n := int(s.Number()); n < len(w.contents) {
		return w.contents[n]
	}
	return nil
}

// end forgets a session.
func (w *worker) end(s *app.Session) {
	c := w.known(s)
	if c == nil {
		return
	}
	w.contents[s.Number()] = nil
	for dir := range c.gates {
		w.open(c, flow.Direction(dir))
	}
	for _, f := range c.files {
		w.freeFile(f)
	}
	*c = content{files: c.files[:0]}
	w.spare = append(w.spare, c)
}

// newFile returns the state of a new file, nil if there are too many.
func (w *worker) newFile() *file {
	if n := len(w.files) - 1; n >= 0 {
		f := w.files[n]
		w.files = w.files[:n]
		return f
	}
	if w.made == w.limits.Files {
		return nil
	}
	w.made++
	return new(file)
}

// freeFile takes the state of a file back. Nobody waits any more if a goroutine judges it
// still.
func (w *worker) freeFile(f *file) {
	if f.job != nil {
		f.job.file = nil
		if !f.job.soFar {
			f.whole = nil
		}
		f.job = nil
	}
	w.freeWhole(f)
	w.freeScanner(f)
	*f = file{}
	w.files = append(w.files, f)
}

// freeWhole gives the memory of a file's bytes back, unless a goroutine has them.
func (w *worker) freeWhole(f *file) {
	if (f.job == nil || f.job.soFar) && f.whole != nil {
		w.room.free(f.whole)
		f.whole = nil
	}
}

// setScanner gives a file a scanner of an engine.
func (w *worker) setScanner(f *file, e Engine) {
	free := w.scanners[e]
	if n := len(free) - 1; n >= 0 {
		f.scanner, w.scanners[e] = free[n], free[:n]
	} else {
		f.scanner = e.Scanner()
	}
	f.engine = e
	f.scanner.Reset()
}

// freeScanner takes a file's scanner back, unless its engine is not in force any more.
func (w *worker) freeScanner(f *file) {
	if free, current := w.scanners[f.engine]; current && f.scanner != nil {
		w.scanners[f.engine] = append(free, f.scanner)
	}
	f.scanner, f.engine = nil, nil
}

// useEngines forgets the scanners of engines that are not in force any more.
func (w *worker) useEngines(profiles []Profile) {
	old := w.scanners
	w.scanners = make(map[Engine][]Scanner, len(profiles))
	for i := range profiles {
		w.scanners[profiles[i].Engine] = old[profiles[i].Engine]
	}
}
