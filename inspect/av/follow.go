package av

import (
	"slices"

	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// follow looks at what a packet brought of all files of a session.
func (i *inspector) follow(u *app.Update, p *Profile) {
	for _, tx := range u.Txs {
		for dir := flow.ToResponder; dir <= flow.ToInitiator; dir++ {
			if !p.wants(u.Session, dir) {
				continue
			}
			for _, f := range tx.Files(dir) {
				i.followFile(u, i.content(u), p, dir, f)
			}
		}
	}
}

// followFile looks at what is new of a file.
func (i *inspector) followFile(u *app.Update, c *content, p *Profile, dir flow.Direction, of *app.File) {
	if c.parsers != u.Session.Parsers() {
		i.renew(c)
		c.parsers = u.Session.Parsers()
	}
	f := c.find(of.ID)
	if f == nil {
		if f = i.begin(c, p, dir, of); f == nil {
			return
		}
	}
	f.present = true
	if f.state != open {
		return
	}
	if len(of.Name) > 0 && f.named == 0 {
		f.setName(of.Name)
	}
	b := of.Body.Buffer()
	at := b.Offset + uint64(len(b.Data))
	if f.size < b.Offset || of.Gaps {
		i.settle(f, Finding{Outcome: Part, Name: "bytes are missing"})
		return
	}
	fresh := b.Data[min(uint64(len(b.Data)), f.size-b.Offset):]
	f.size = at
	if len(fresh) > 0 && f.scanner.Write(fresh) {
		i.settle(f, *f.scanner.Found())
		return
	}
	i.keep(f, p, fresh)
	switch {
	case of.State == app.FileOpen:
		i.mayEnd(f)
	case of.State == app.FileClosed:
		i.end(u, c, f, p)
	default:
		i.settle(f, Finding{Outcome: Part, Name: "the file is cut"})
	}
}

// renew forgets the files of a parser that is gone: those of the next have the same numbers.
// What waits for its finding still does.
func (i *inspector) renew(c *content) {
	c.files = slices.DeleteFunc(c.files, func(f *file) bool {
		if f.state == pending || f.state == judged {
			f.id = 0
			return false
		}
		i.freeFile(f)
		return true
	})
}

// begin makes the state of a file, nil if there is no room: that is a limit.
func (i *inspector) begin(c *content, p *Profile, dir flow.Direction, of *app.File) *file {
	f := i.newFile()
	if f == nil {
		if p.act(&tooMany, nil).Stops() {
			c.stopped = &tooMany
		}
		return nil
	}
	f.id, f.dir, f.gather = of.ID, dir, true
	i.setScanner(f, p.Engine)
	c.files = append(c.files, f)
	return f
}

var tooMany = Finding{Outcome: OverLimit, Name: "too many files at a time"}

// keep keeps the bytes of a file that may have to be judged as a whole.
func (i *inspector) keep(f *file, p *Profile, data []byte) {
	if !f.gather {
		return
	}
	if !f.scanner.Whole() {
		f.gather = false
		i.freeWhole(f)
		return
	}
	var ok bool
	if f.whole, ok = i.room.grow(f.whole, data, p.MaxSize); !ok {
		f.gather, f.over = false, true
		i.freeWhole(f)
	}
}

// mayEnd looks at a file of which more may come, or not: nobody may know.
func (i *inspector) mayEnd(f *file) {
	if f.scanner.AtEnd() {
		i.settle(f, *f.scanner.Found())
	}
}

// end judges a file of which all came.
func (i *inspector) end(u *app.Update, c *content, f *file, p *Profile) {
	switch {
	case f.scanner.AtEnd():
		i.settle(f, *f.scanner.Found())
	case f.over:
		i.settle(f, Finding{Outcome: OverLimit, Name: "too long to be looked into"})
	case !f.gather || f.size == 0:
		i.settle(f, Finding{})
	default:
		i.judge(u, c, f, p)
	}
}

// settle notes what is known of a file in the end.
func (i *inspector) settle(f *file, finding Finding) {
	f.state, f.finding, f.gather = judged, finding, false
	i.freeWhole(f)
}
