package rules

import (
	"encoding/hex"
	"slices"
	"strings"

	"vxwall/rules/suricata"
)

// matchDraft is a [[signature.match]].
type matchDraft struct {
	at         place
	buffer     word[string]
	content    word[string] // bytes, also those of hex
	regex      word[string]
	transforms []ref
	places     []word[int64] // offset, depth, distance, within: as written
	flags      []word[string]
	names      []string // of places
	negated    bool
	nocase     word[string]
	dotall     bool
	multiline  bool
	relative   bool
}

var matchSchema = schema[matchDraft]{
	title: "[[signature.match]]",
	fields: []field[matchDraft]{
		{key: "buffer", want: `where to look, such as "http.uri"; without the key: the payload`,
			read: readBuffer},
		{key: "content", want: "the bytes to find, as text",
			read: textWord(func(m *matchDraft) *word[string] { return &m.content })},
		{key: "hex", want: `the bytes to find, such as "de ad be ef"`, read: readHex},
		{key: "regex", want: "a regular expression",
			read: textWord(func(m *matchDraft) *word[string] { return &m.regex })},
		{key: "transforms", want: `a list of transforms, such as ["url_decode"]`, read: func(d *decoder, v value, m *matchDraft) {
			readTransforms(d, v, m)
		}},
		{key: "negated", want: "true or false", read: func(d *decoder, v value, m *matchDraft) { d.flag(v, &m.negated) }},
		{key: "nocase", want: "true or false", read: func(d *decoder, v value, m *matchDraft) { m.flag(d, v, &m.nocase, "nocase") }},
		{key: "dotall", want: "true or false", read: func(d *decoder, v value, m *matchDraft) { d.flag(v, &m.dotall) }},
		{key: "multiline", want: "true or false", read: func(d *decoder, v value, m *matchDraft) { d.flag(v, &m.multiline) }},
		{key: "relative", want: "true or false", read: func(d *decoder, v value, m *matchDraft) { d.flag(v, &m.relative) }},
		number("offset"), number("depth"), number("distance"), number("within"),
		option("startswith", "startswith"), option("endswith", "endswith"), option("fast-pattern", "fast_pattern"),
	},
}

func (d *decoder) match(v value) matchDraft {
	m := matchDraft{at: v.at()}
	before := d.errors
	readTable(d, v, &matchSchema, &m)
	if d.errors > before {
		return m
	}
	switch {
	case m.content.set == m.regex.set:
		d.errorf(m.at, "a match has content (or hex) or regex: expected one of both")
	case m.regex.set && len(m.flags)+len(m.places) > 0:
		at := m.at
		if len(m.places) > 0 {
			at = m.places[0].at
		}
		d.errorf(at, "a regex has no place: expected content with offset, depth, distance, within, startswith, endswith and fast-pattern")
	case m.content.set && (m.dotall || m.multiline || m.relative):
		d.errorf(m.content.at, "content with dotall, multiline or relative: expected a regex with them, or content with distance")
	}
	return m
}

func readBuffer(d *decoder, v value, m *matchDraft) {
	name, ok := d.text(v)
	if !ok {
		return
	}
	m.buffer = word[string]{name, v.at(), true}
	if known := suricata.Buffers(); !slices.Contains(known, name) {
		d.errorf(v.at(), "unknown buffer %q: %sexpected one such as %s", name, suggest(name, known), `"http.uri", "dns.query" or "tls.sni"`)
	}
}

func readTransforms(d *decoder, v value, m *matchDraft) {
	d.nameOrList(v, &m.transforms)
	for _, t := range m.transforms {
		name, _, _ := strings.Cut(t.name, ":")
		if known := suricata.Transforms(); !slices.Contains(known, name) {
			d.errorf(t.at, "unknown transform %q: %sexpected one of %s", name, suggest(name, known), strings.Join(known, ", "))
			continue
		}
		d.plain(ref{strings.ReplaceAll(strings.ReplaceAll(t.name, `"`, ""), `\\`, ""), t.at}, "")
	}
}

func readHex(d *decoder, v value, m *matchDraft) {
	text, ok := d.text(v)
	if !ok {
		return
	}
	raw, err := hex.DecodeString(strings.ReplaceAll(text, " ", ""))
	if err != nil || len(raw) == 0 {
		d.errorf(v.at(), "bad hex %q: expected %s", text, v.want)
		return
	}
	if m.content.set {
		d.errorf(v.at(), "hex beside content: expected one of both")
	}
	m.content = word[string]{string(raw), v.at(), true}
}

// flag reads a boolean that is a word of the language when it is true.
func (m *matchDraft) flag(d *decoder, v value, to *word[string], name string) {
	on := false
	d.flag(v, &on)
	if on {
		*to = word[string]{name, v.at(), true}
	}
}

func option(key, name string) field[matchDraft] {
	return field[matchDraft]{key: key, want: "true or false", read: func(d *decoder, v value, m *matchDraft) {
		var w word[string]
		if m.flag(d, v, &w, name); w.set {
			m.flags = append(m.flags, w)
		}
	}}
}

func number(key string) field[matchDraft] {
	return field[matchDraft]{key: key, want: "a number of bytes", read: func(d *decoder, v value, m *matchDraft) {
		n, ok := v.data.(int64)
		if !ok {
			d.wrongType(v)
			return
		}
		m.places = append(m.places, word[int64]{n, v.at(), true})
		m.names = append(m.names, key)
	}}
}
