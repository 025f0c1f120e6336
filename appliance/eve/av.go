package eve

import (
	"vxwall/inspect/app"
	"vxwall/inspect/av"
	"vxwall/pipeline/flow"
)

var _ av.Sink = (*Log)(nil)

// Judged implements av.Sink: an event "av" for each file in which something was found, or
// that could not be judged.
func (l *Log) Judged(at *app.Moment, f *av.Found) {
	if f.Outcome == av.Clean {
		return
	}
	e := l.content("av", at)
	if e == nil {
		return
	}
	e.Direction = f.Dir
	if at.Packet == nil {
		e.Key = at.Record.Toward(f.Dir)
	}
	o := &l.fields
	o.Object("av")
	o.String("outcome", []byte(f.Outcome.String()))
	o.String("signature", []byte(f.Finding.Name))
	if f.Member != "" {
		o.String("member", []byte(f.Member))
	}
	if f.Source != "" {
		o.String("source", []byte(f.Source))
	}
	o.String("action", []byte(fate(f)))
	o.String("profile", []byte(f.Profile.Name))
	o.String("engine", []byte(f.Profile.Engine.Name()))
	o.End()
	o.Object("fileinfo")
	o.String("filename", f.File)
	o.Int("size", int64(f.Size))
	o.String("direction", []byte(transferOf(f.Dir)))
	l.finish(e)
}

// fate is what became of a file, in the words of alerts.
func fate(f *av.Found) string {
	if f.Action.Stops() && !f.Monitored {
		return "blocked"
	}
	return "allowed"
}

// transferOf is the direction of a file as users say it.
func transferOf(dir flow.Direction) string {
	if dir == flow.ToResponder {
		return "upload"
	}
	return "download"
}
