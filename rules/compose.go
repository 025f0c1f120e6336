package rules

import (
	"slices"
	"strconv"
	"strings"

	"vxwall/rules/suricata"
)

// composer puts a rule together and remembers where each piece stands.
type composer struct {
	pieces []suricata.Piece
	places []place
}

func (c *composer) add(at place, text string) {
	pos := at.pos()
	c.pieces = append(c.pieces, suricata.Piece{Text: text, Line: pos.Line, Column: pos.Column})
	c.places = append(c.places, at)
}

// compose makes a signature of a draft by way of the language of rules, so that
// both mean the same, and what is wrong in one is wrong in the other.
func (d *decoder) compose(s *signatureDraft, env *suricata.Env) (suricata.Signature, bool) {
	var c composer
	c.add(s.action.at, s.action.is+" ")
	c.add(s.app.at, s.app.is+" any any -> any any (")
	c.add(s.name.at, "msg:"+suricata.QuoteText(s.name.is)+"; ")
	if s.direction.set {
		c.add(s.direction.at, "flow:"+s.direction.is+"; ")
	}
	c.side("segment.src", s.from, s.fromAt)
	c.side("segment.dst", s.to, s.toAt)
	for i := range s.matches {
		var last *matchDraft
		if i > 0 {
			last = &s.matches[i-1]
		}
		c.match(&s.matches[i], last)
	}
	c.meta(s)
	c.add(s.at, "sid:"+strconv.FormatUint(uint64(s.id), 10)+"; rev:1;)")
	composed, problem := suricata.Compose(s.at.src.name, c.pieces, env)
	if problem != nil {
		d.errorf(c.place(problem), "bad signature %d: %s", s.id, reasonOf(problem))
		return composed, false
	}
	return composed, true
}

// reasonOf is a problem without its place.
func reasonOf(p *suricata.Problem) string {
	if p.Keyword == "" {
		return p.Reason
	}
	return p.Keyword + ": " + p.Reason
}

// place finds the piece that a problem is about.
func (c *composer) place(p *suricata.Problem) place {
	i := slices.IndexFunc(c.pieces, func(piece suricata.Piece) bool { return piece.Line == p.Line && piece.Column == p.Column })
	return c.places[max(0, i)]
}

func (c *composer) side(keyword string, s side, at place) {
	if s.any || len(s.refs) == 0 {
		return
	}
	names := make([]string, len(s.refs))
	for i, r := range s.refs {
		names[i] = r.name
	}
	c.add(at, keyword+":"+strings.Join(names, ",")+"; ")
}

func (c *composer) match(m, last *matchDraft) {
	if last == nil || last.buffer.is != m.buffer.is || len(last.transforms)+len(m.transforms) > 0 {
		c.buffer(m, last != nil)
	}
	not := ""
	if m.negated {
		not = "!"
	}
	if m.regex.set {
		c.add(m.regex.at, "pcre:"+not+suricata.QuoteRegexp(m.regex.is, m.letters())+"; ")
		return
	}
	c.add(m.content.at, "content:"+not+suricata.Quote([]byte(m.content.is))+"; ")
	if m.nocase.set {
		c.add(m.nocase.at, "nocase; ")
	}
	for i, p := range m.places {
		c.add(p.at, m.names[i]+":"+strconv.FormatInt(p.is, 10)+"; ")
	}
	for _, f := range m.flags {
		c.add(f.at, f.is+"; ")
	}
}

// buffer sets the sticky buffer; behind others the payload must be named, too.
func (c *composer) buffer(m *matchDraft, behind bool) {
	switch {
	case m.buffer.set:
		c.add(m.buffer.at, m.buffer.is+"; ")
	case behind:
		c.add(m.at, "pkt_data; ")
	}
	for _, t := range m.transforms {
		c.add(t.at, t.name+"; ")
	}
}

func (m *matchDraft) letters() string {
	letters := ""
	for _, f := range []struct {
		on     bool
		letter string
	}{{m.nocase.set, "i"}, {m.dotall, "s"}, {m.multiline, "m"}, {m.relative, "R"}} {
		if f.on {
			letters += f.letter
		}
	}
	return letters
}

func (c *composer) meta(s *signatureDraft) {
	if s.classtype.set {
		c.add(s.classtype.at, "classtype:"+s.classtype.is+"; ")
	}
	if s.severity.set {
		c.add(s.severity.at, "priority:"+strconv.FormatUint(uint64(s.severity.is), 10)+"; ")
	}
	for _, r := range s.references {
		c.add(r.at, "reference:"+r.name+"; ")
	}
	for _, t := range s.tags {
		c.add(t.at, "metadata:tag "+t.name+"; ")
	}
}
