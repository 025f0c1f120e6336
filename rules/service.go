package rules

// serviceDraft is a service with the state of its reading.
type serviceDraft struct {
	Service
	at     place // of the name
	broken bool
}

var serviceSchema = schema[serviceDraft]{
	title: "[[service]]",
	fields: []field[serviceDraft]{
		{key: "name", want: `a name, such as "postgres"`, required: true, read: func(d *decoder, v value, s *serviceDraft) {
			s.at = v.at()
			d.name(v, &s.Name)
			if protocols[s.Name] != 0 {
				d.errorf(v.at(), "name %q is that of a protocol: expected another one", s.Name)
			}
		}},
		{key: "match", want: `a list of services, such as ["tcp/5432", "tcp/6432-6440"]`, required: true, read: readMatch},
		{key: "description", want: "text", read: func(d *decoder, v value, s *serviceDraft) {
			d.description(v, &s.Description)
		}},
	},
}

func (d *decoder) service(v value) serviceDraft {
	s := serviceDraft{at: v.at()}
	before := d.errors
	readTable(d, v, &serviceSchema, &s)
	s.Pos = s.at.pos()
	s.broken = d.errors > before
	return s
}

func readMatch(d *decoder, v value, s *serviceDraft) {
	seen := once[string]{}
	d.list(v, func(e value) {
		text, ok := d.text(e)
		if !ok {
			return
		}
		if !seen.first(text) {
			d.warnf(e.at(), "%q is listed twice in %q", text, v.key)
			return
		}
		matches, err := parseService(text)
		if err != nil {
			d.errorf(e.at(), "bad service %q: %v", text, err)
			return
		}
		s.Match = append(s.Match, matches...)
	})
}
