package dns

import (
	"vxwall/inspect/app"
	"vxwall/pipeline/flow"
)

// transaction is one message on its way through the stages.
type transaction struct {
	tx app.Tx
	message
	dir flow.Direction
}

var _ app.Content = (*transaction)(nil)

// sections are those whose names a buffer shows.
var sections = map[app.BufferID][]section{
	app.DNSQuery:          {questions},
	app.DNSQueryName:      {questions},
	app.DNSQueriesName:    {questions},
	app.DNSAnswerName:     {answers},
	app.DNSAnswersName:    {answers},
	app.DNSAuthorityName:  {authorities},
	app.DNSAdditionalName: {additionals},
	app.DNSResponseName:   {questions, answers, authorities, additionals},
}

// Buffer implements app.Content.
func (t *transaction) Buffer(id app.BufferID, dir flow.Direction, n int) (app.Buffer, bool) {
	if dir != t.dir || id == app.DNSQuery && t.response() || id == app.DNSResponseName && !t.response() {
		return app.Buffer{}, false
	}
	for _, s := range sections[id] {
		for i := range t.records {
			r := &t.records[i]
			if r.section != s {
				continue
			}
			if n == 0 {
				return app.Buffer{Data: t.name(r), Final: true}, true
			}
			if n--; id != app.DNSResponseName || r.targetTo == r.target {
				continue
			}
			if n == 0 { // whatever name a response brings
				return app.Buffer{Data: t.target(r), Final: true}, true
			}
			n--
		}
	}
	return app.Buffer{}, false
}

// Number implements app.Content.
func (t *transaction) Number(id app.NumberID, dir flow.Direction, n int) (int64, bool) {
	if dir != t.dir {
		return 0, false
	}
	switch id {
	case app.DNSOpcode:
		return int64(t.opcode()), n == 0
	case app.DNSRcode:
		return int64(t.rcode()), n == 0
	case app.DNSRRType:
		if n < len(t.records) {
			return int64(t.records[n].kind), true
		}
	}
	return 0, false
}

// Files implements app.Content.
func (t *transaction) Files(flow.Direction) []*app.File { return nil }
