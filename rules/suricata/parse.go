package suricata

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Parse reads a rule file. Of each rule that cannot be used the first problem
// is reported, and the rest of the file is read all the same. Of several rules
// with one GID and SID the one of the highest revision stays, see [Newest]. The
// texts of the signatures share one copy of the file. A nil env is [DefaultEnv].
func Parse(file string, text []byte, env *Env) ([]Signature, []Problem) {
	if env == nil {
		env = DefaultEnv()
	}
	r := reader{file: file, env: env, addresses: newAddresses(env.Addresses), ports: newPorts(env.Ports), sides: map[string]Addresses{}}
	s := splitter{rest: strings.TrimPrefix(string(text), "\ufeff")}
	r.signatures = make([]Signature, 0, min(strings.Count(s.rest, "sid:"), maxExpected))
	for {
		l, ok := s.next()
		if !ok {
			break
		}
		r.rule(&l)
	}
	signatures, problems := Newest(r.signatures)
	return signatures, append(r.problems, problems...)
}

// maxExpected bounds the signatures that room is made for in advance.
const maxExpected = 1 << 16

// reader reads the rules of one file.
type reader struct {
	file       string
	env        *Env
	addresses  *group[addrs]
	ports      *group[[]interval[int]]
	signatures []Signature
	problems   []Problem
	matches    []Match              // scratch of builders
	sides      map[string]Addresses // by their text: most rules name the same few
}

func (r *reader) rule(l *line) {
	b := builder{reader: r, text: l.text}
	b.sig = Signature{File: r.file, Line: l.parts[0].number, Text: l.text, GID: 1, parts: l.parts, Matches: r.matches[:0]}
	err := b.build()
	r.matches = b.sig.Matches
	b.sig.Matches = slices.Clone(r.matches)
	clear(r.matches)
	if err != nil {
		if unmet := unmetRequires(l.text); unmet != nil {
			err = unmet
		}
		r.problem(&b, l, err)
		return
	}
	r.signatures = append(r.signatures, b.sig)
}

func (r *reader) problem(b *builder, l *line, err error) {
	f := &fault{reason: err.Error()}
	errors.As(err, &f)
	sid := b.sig.SID
	if sid == 0 {
		sid = guessSID(l.text)
	}
	p := Problem{File: r.file, SID: sid, Keyword: f.keyword, Reason: f.reason, Skipped: f.skipped}
	p.Line, p.Column = l.at(f.at)
	r.problems = append(r.problems, p)
}

// guessSID finds the sid of a rule that could not be read up to it.
func guessSID(text string) (sid uint32) {
	i := strings.LastIndex(text, "sid:")
	if i < 0 {
		return 0
	}
	for _, c := range strings.TrimLeft(text[i+len("sid:"):], " ") {
		if c < '0' || c > '9' || sid > 1<<28 {
			break
		}
		sid = sid*10 + uint32(c-'0')
	}
	return sid
}

// Problem returns a problem with this signature, at a column of its Text (that
// of a [Match], or 1): for who finds only later that it cannot be used.
func (s *Signature) Problem(column int, keyword, reason string) Problem {
	p := Problem{File: s.File, SID: s.SID, Keyword: keyword, Reason: reason}
	p.Line, p.Column = s.place(column)
	return p
}

// place turns a column of Text into a line and column of the file.
func (s *Signature) place(column int) (int, int) {
	if len(s.parts) == 0 {
		return s.Line, max(1, column)
	}
	offset := len(s.Text)
	n := 1
	for i := range s.Text {
		if n == column {
			offset = i
			break
		}
		n++
	}
	l := line{s.Text, s.parts}
	return l.at(offset)
}

// Error returns file:line:column: what is wrong.
func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", p.File, p.Line, p.Column)
	if p.SID != 0 {
		fmt.Fprintf(&b, "sid %d: ", p.SID)
	}
	if p.Keyword != "" {
		b.WriteString(p.Keyword + ": ")
	}
	return b.String() + p.Reason
}

// Newest keeps, of several signatures with one GID and SID, that of the
// highest revision, the first of equal ones. What it leaves out is a problem
// unless the one that stays says it is newer. Signatures of several files are
// brought together so; order is kept.
func Newest(list []Signature) ([]Signature, []Problem) {
	type id struct{ gid, sid uint32 }
	var problems []Problem
	at := make(map[id]int, len(list))
	out := list[:0]
	for i := range list {
		s := list[i]
		first, twice := at[id{s.GID, s.SID}]
		switch {
		case !twice:
			at[id{s.GID, s.SID}] = len(out)
			out = append(out, s)
		case s.Rev > out[first].Rev:
			out[first] = s
		default:
			old := &out[first]
			problems = append(problems, s.Problem(1, "sid", fmt.Sprintf(
				"second rule %d with revision %d, the first is at %s:%d with revision %d: expected each sid once, or a higher rev",
				s.SID, s.Rev, old.File, old.Line, old.Rev)))
		}
	}
	clear(list[len(out):])
	return out, problems
}
