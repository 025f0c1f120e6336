package eve

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

var _ app.Log = (*Log)(nil)

// ending is what is known of the content of the flow that ends just now, kept
// until its flow event.
type ending struct {
	flow    uint64
	app     string
	alerted bool
}

// recallContent completes the event of a flow's end with what its session knew.
func (l *Log) recallContent(e *Event) {
	if l.ending.flow == e.Record.ID {
		e.App, e.Alerted = l.ending.app, l.ending.alerted
	}
}

// Ended implements app.Log.
func (l *Log) Ended(at *app.Moment) {
	l.ending = ending{at.Record.ID, at.Session.Name(), at.Session.Alerted}
}

// content begins an event about what a flow carries: its members go into fields,
// which finish hands over. It returns nil if there is no room.
func (l *Log) content(kind string, at *app.Moment) *Event {
	e := l.slot()
	if e == nil {
		return nil
	}
	if at.Packet != nil {
		e.capture(Content, at.Packet)
	} else {
		e.captureEnd(at.Record, 0)
		e.Kind, e.Direction = Content, flow.ToResponder
	}
	e.Time, e.Type = at.Time, kind
	if at.Session != nil {
		e.App, e.Alerted = at.Session.Name(), at.Session.Alerted
	}
	l.fields.object = object{b: e.Text, first: true, long: l.writer.cfg.LongIPv6}
	l.fields.lists = l.fields.lists[:0]
	return e
}

// finish hands an event over.
func (l *Log) finish(e *Event) {
	l.fields.finish()
	e.Text = l.fields.b
	l.commit()
}

// Transaction implements app.Log. The members of a transaction are those of an object
// with its protocol's name.
func (l *Log) Transaction(at *app.Moment, tx *app.Tx) bool {
	e := l.content(at.Session.Name(), at)
	if e == nil {
		return true // lost, and counted
	}
	l.fields.Int("tx_id", int64(tx.ID))
	l.fields.Object(e.App)
	if !tx.Describe(&l.fields) {
		e.Text = l.fields.b[:0]
		return false // the slot was not committed: the next event takes it
	}
	l.letter(tx)
	l.finish(e)
	return true
}

// letter appends the mail of a transaction, beside the object of its protocol.
func (l *Log) letter(tx *app.Tx) {
	letter, ok := tx.Content.(app.Letter)
	if !ok {
		return
	}
	o := &l.fields
	for len(o.lists) > 0 {
		o.End()
	}
	before := o.object
	o.Object("email")
	if !letter.DescribeLetter(o) {
		o.object, o.lists = before, o.lists[:0]
		return
	}
	o.End()
}

// File implements app.Log.
func (l *Log) File(at *app.Moment, tx *app.Tx, dir flow.Direction, f *app.File) {
	e := l.content("fileinfo", at)
	if e == nil {
		return
	}
	e.Direction = dir
	o := &l.fields
	o.Object(e.App)
	tx.Describe(o)
	o.End()
	l.letter(tx)
	o.Object("fileinfo")
	appendFile(o, tx, f)
	l.finish(e)
}

func appendFile(o *fields, tx *app.Tx, f *app.File) {
	o.String("filename", f.Name)
	o.Bool("gaps", f.Gaps)
	o.String("state", []byte(f.State.String()))
	o.Bool("stored", false)
	o.Int("size", int64(f.Size()))
	o.Int("tx_id", int64(tx.ID))
}

// Odd implements app.Log.
func (l *Log) Odd(at *app.Moment, tx *app.Tx, event app.Event) {
	e := l.content("anomaly", at)
	if e == nil {
		return
	}
	o := &l.fields
	if tx != nil {
		o.Int("tx_id", int64(tx.ID))
	}
	o.Object("anomaly")
	o.String("type", []byte("applayer"))
	o.String("event", []byte(event.Short()))
	o.String("layer", []byte("proto_parser"))
	l.finish(e)
}

// appendContent appends what the worker wrote about the content.
func appendContent(o *object, e *Event) {
	if e.App != "" {
		o.text("app_proto", e.App)
	}
	if len(e.Text) > 0 {
		if !o.first {
			o.b = append(o.b, ',')
		}
		o.first = false
		o.b = append(o.b, e.Text...)
	}
}
