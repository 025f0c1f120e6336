package rules

import (
	"strings"

	"vxwall/rules/suricata"
)

// signatureDraft is a [[signature]] before it is composed to a rule.
type signatureDraft struct {
	at               place // of the id, else of the header
	id               uint32
	name             word[string]
	action           word[string]
	app              word[string]
	severity         word[uint32]
	direction        word[string]
	classtype        word[string]
	from, to         side
	fromAt, toAt     place
	references, tags []ref
	matches          []matchDraft
	broken           bool
}

// word is a value and where it stands; set unless it was not written.
type word[T any] struct {
	is  T
	at  place
	set bool
}

const wantSeverity = "a number of 1 (worst) to 255"

var signatureSchema = schema[signatureDraft]{
	title: "[[signature]]",
	fields: []field[signatureDraft]{
		{key: "id", want: "a number of its own, such as 1000001", required: true, read: readID},
		{key: "name", want: `what it finds, such as "shell in a request"`, required: true,
			read: textWord(func(s *signatureDraft) *word[string] { return &s.name })},
		{key: "severity", want: wantSeverity, read: readSeverity},
		{key: "action", want: `"alert", "drop", "pass", "reject", "reject-dst" or "reject-both"`, required: true, read: readSignatureAction},
		{key: "from", want: wantSide, read: func(d *decoder, v value, s *signatureDraft) {
			s.fromAt = v.at()
			d.side(v, &s.from)
		}},
		{key: "to", want: wantSide, read: func(d *decoder, v value, s *signatureDraft) {
			s.toAt = v.at()
			d.side(v, &s.to)
		}},
		{key: "app", want: `a protocol, such as "http", "tcp" or "ip"`, required: true,
			read: plainWord(func(s *signatureDraft) *word[string] { return &s.app })},
		{key: "direction", want: `"to-server" or "to-client"`, read: readDirection},
		{key: "classtype", want: `a class, such as "trojan-activity"`,
			read: plainWord(func(s *signatureDraft) *word[string] { return &s.classtype })},
		{key: "reference", want: `a list of references, such as ["cve,2021-44228"]`, read: func(d *decoder, v value, s *signatureDraft) {
			d.plainList(v, &s.references)
		}},
		{key: "tag", want: `a list of tags, such as ["Phishing"]`, read: func(d *decoder, v value, s *signatureDraft) {
			d.plainList(v, &s.tags)
		}},
		{key: "match", want: "tables [[signature.match]]", required: true, read: func(d *decoder, v value, s *signatureDraft) {
			subtables(d, v, &s.matches, (*decoder).match)
		}},
	},
}

func (d *decoder) signature(v value) signatureDraft {
	s := signatureDraft{at: v.at()}
	before := d.errors
	readTable(d, v, &signatureSchema, &s)
	s.broken = d.errors > before
	return s
}

func textWord[T any](part func(*T) *word[string]) func(*decoder, value, *T) {
	return func(d *decoder, v value, to *T) {
		if text, ok := d.text(v); ok {
			*part(to) = word[string]{text, v.at(), true}
			if text == "" {
				d.errorf(v.at(), "%s is empty: expected %s", v.key, v.want)
			}
		}
	}
}

// plainWord reads a text that goes into a rule as it is, so that it must not
// reach beyond its place there.
func plainWord[T any](part func(*T) *word[string]) func(*decoder, value, *T) {
	read := textWord(part)
	return func(d *decoder, v value, to *T) {
		read(d, v, to)
		d.plain(ref{part(to).is, v.at()}, " ()")
	}
}

// plain refuses what would end the value in a rule.
func (d *decoder) plain(r ref, more string) {
	i := strings.IndexFunc(r.name, func(c rune) bool { return c < ' ' || c == 0x7f || strings.ContainsRune(`;"\`+more, c) })
	if i >= 0 {
		d.errorf(r.at, "bad character %q in %q: expected a plain word", r.name[i:i+1], r.name)
	}
}

func (d *decoder) plainList(v value, to *[]ref) {
	d.nameOrList(v, to)
	for _, r := range *to {
		d.plain(r, "")
	}
}

func readID(d *decoder, v value, s *signatureDraft) {
	n, ok := d.number(v, 1<<32-1)
	if ok && n == 0 {
		d.errorf(v.at(), "bad id 0: expected a number from 1 up")
	}
	s.id, s.at = n, v.at()
}

func readSeverity(d *decoder, v value, s *signatureDraft) {
	n, ok := d.number(v, 255)
	if ok && n == 0 {
		d.errorf(v.at(), "bad severity 0: expected %s", wantSeverity)
	}
	s.severity = word[uint32]{n, v.at(), ok}
}

// ruleActions are the actions in the language of rules.
var ruleActions = []choice[string]{
	{"alert", "alert"}, {"drop", "drop"}, {"pass", "pass"}, {"reject", "reject"},
	{"reject-dst", "rejectdst"}, {"reject-both", "rejectboth"},
}

func readSignatureAction(d *decoder, v value, s *signatureDraft) {
	s.action.at = v.at()
	s.action.set = choose(d, v, ruleActions, &s.action.is)
}

func readDirection(d *decoder, v value, s *signatureDraft) {
	s.direction.at = v.at()
	s.direction.set = choose(d, v, []choice[string]{{"to-server", "to_server"}, {"to-client", "to_client"}}, &s.direction.is)
}

// resolveSignatures composes the signatures of all files.
func (d *decoder) resolveSignatures(env *suricata.Env, segments *names) []suricata.Signature {
	var list []suricata.Signature
	first := map[uint32]place{}
	for i := range d.signatures {
		s := &d.signatures[i]
		d.resolveSide(&ruleDraft{}, s.from, segments)
		d.resolveSide(&ruleDraft{}, s.to, segments)
		if at, twice := first[s.id]; twice && s.id != 0 {
			d.errorf(s.at, "second signature %d, the first is at %s: expected each id once", s.id, at.label())
			continue
		}
		first[s.id] = s.at
		if s.broken {
			continue
		}
		if composed, ok := d.compose(s, env); ok {
			list = append(list, composed)
		}
	}
	return list
}
