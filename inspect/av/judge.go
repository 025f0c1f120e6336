package av

import (
	"fmt"
	"slices"

	"vxwall/inspect/app"
)

// judge has a file judged as a whole: by a goroutine, or here where nobody could wait.
func (i *inspector) judge(u *app.Update, c *content, f *file, p *Profile) {
	if i.returns == nil {
		i.settle(f, p.Engine.Whole(f.whole, string(f.nameBytes())))
		return
	}
	if i.offer(c, f, p, false) {
		f.state = pending
		return
	}
	i.settle(f, Finding{Outcome: Error, Name: "too many files wait"})
}

// offer hands a file to the goroutines, and says whether there is room for it.
func (i *inspector) offer(c *content, f *file, p *Profile, soFar bool) bool {
	j := &job{
		file: f, soFar: soFar, session: c.session.Number(), engine: p.Engine, bytes: f.whole, name: string(f.nameBytes()), back: i.returns,
		due: i.scope.Now() + int64(p.MaxHold),
	}
	if !i.stage.Judges.offer(j) {
		return false
	}
	if f.job != nil { // about its beginning
		f.job.file = nil
	}
	f.job = j
	i.waiting = append(i.waiting, j)
	return true
}

// step takes back what the goroutines judged, and ends the wait for what takes too long.
func (i *inspector) step() {
	for _, j := range i.returns.take() {
		if !j.soFar {
			i.room.free(j.bytes)
		}
		i.waiting = slices.DeleteFunc(i.waiting, func(w *job) bool { return w == j })
		if j.file != nil {
			i.done(j, j.finding)
		}
	}
	now := i.scope.Now()
	i.pauses(now)
	for _, j := range i.waiting {
		if j.file != nil && now >= j.due {
			i.done(j, Finding{Outcome: Error, Name: fmt.Sprintf("no verdict in time from %s", j.engine.Name())})
		}
	}
}

// done notes the finding of a pending file. Its bytes may still be read by a goroutine.
func (i *inspector) done(j *job, finding Finding) {
	f := j.file
	j.file, f.job = nil, nil
	if !j.soFar {
		f.whole = nil
	}
	if !j.soFar || i.stops(f, &finding) {
		f.state, f.finding = judged, finding
		i.freeWhole(f)
	} else {
		f.looked = f.size
	}
	if j.late != nil {
		i.act(&app.Moment{Record: &j.late.record, Time: i.scope.Now()}, f, j.late.profile)
		i.freeFile(f)
		return
	}
	if c := i.contents[j.session]; c != nil {
		i.open(c, f.dir)
	}
}

// stops says whether a finding about the beginning of a file stops it.
func (i *inspector) stops(f *file, finding *Finding) bool {
	p := i.profileOf(f)
	return p != nil && p.act(finding, f.nameBytes()).Stops()
}

// outlive leaves the files of a flow that ends to the goroutines that judge them, so that
// what they find is reported.
func (i *inspector) outlive(u *app.Update, c *content, profile *Profile) {
	c.files = slices.DeleteFunc(c.files, func(f *file) bool {
		if f.state != pending {
			return false
		}
		f.job.late = &late{record: *u.Record, profile: profile}
		return true
	})
}
