package rules

import (
	"slices"
	"strings"
	"time"
)

// value is a decoded value together with its place and with the words that
// describe it in messages.
type value struct {
	src   *source
	index *index
	node  int32
	data  any
	key   string // that holds it
	want  string // what is accepted there
	in    bool   // it is an element of a list that the key holds
}

func (v value) at() place    { return place{v.src, v.index.nodes[v.node].val} }
func (v value) keyAt() place { return place{v.src, v.index.nodes[v.node].key} }
func (v value) empty() bool  { return v.index.nodes[v.node].first == 0 }

// schema says which keys a table has and how each is read into a T.
type schema[T any] struct {
	title  string // as messages name the table; "" for the file itself
	fields []field[T]
}

type field[T any] struct {
	key      string
	want     string // completes "expected …"
	required bool
	read     func(d *decoder, v value, to *T)
}

// names returns the keys in the order of the documentation.
func (s *schema[T]) names() []string {
	names := make([]string, len(s.fields))
	for i := range s.fields {
		names[i] = s.fields[i].key
	}
	return names
}

// readTable reads a table as its schema says and reports unknown and missing
// keys. It walks the index, not the map, so that problems come in source order.
func readTable[T any](d *decoder, v value, s *schema[T], to *T) {
	table, ok := v.data.(map[string]any)
	if !ok {
		d.wrongType(v)
		return
	}
	found := make([]bool, len(s.fields))
	matched := 0
	for id := v.index.nodes[v.node].first; id != 0; id = v.index.nodes[id].next {
		name := v.index.nodes[id].name
		data, ok := table[name]
		if !ok {
			continue
		}
		matched++
		kid := value{src: v.src, index: v.index, node: id, data: data, key: name}
		i := slices.IndexFunc(s.fields, func(f field[T]) bool { return f.key == name })
		if i < 0 {
			unknownKey(d, kid, s)
			continue
		}
		found[i] = true
		kid.want = s.fields[i].want
		s.fields[i].read(d, kid, to)
	}
	if matched != len(table) {
		d.errorf(v.at(), "there are keys whose place is unclear: expected plain TOML, one key per line")
	}
	missingKeys(d, v, s, found)
}

func unknownKey[T any](d *decoder, kid value, s *schema[T]) {
	if d.full(kid.src) {
		d.errorf(kid.keyAt(), "")
		return
	}
	noun, where := "key", ""
	if v := kid.data; typeName(v) == "a table" || typeName(v) == "a list of tables" {
		noun = "table"
	}
	if s.title != "" {
		where = " in " + s.title
	}
	d.errorf(kid.keyAt(), "unknown %s %q%s: %sknown are %s", noun, kid.key, where,
		suggest(kid.key, s.names()), strings.Join(s.names(), ", "))
}

func missingKeys[T any](d *decoder, v value, s *schema[T], found []bool) {
	for i, f := range s.fields {
		if f.required && !found[i] {
			d.errorf(v.at(), "missing key %q in %s: expected %s", f.key, s.title, f.want)
		}
	}
}

// wrongType reports a value of a type that its key does not take.
func (d *decoder) wrongType(v value) {
	preposition := "for"
	if v.in {
		preposition = "in"
	}
	d.errorf(v.at(), "wrong type %s %q: found %s, expected %s", preposition, v.key, typeName(v.data), v.want)
}

// typeName describes a decoded value as a reader of TOML would.
func typeName(data any) string {
	switch data := data.(type) {
	case string:
		return "a string"
	case int64:
		return "an integer"
	case float64:
		return "a number with a fraction"
	case bool:
		return "a boolean"
	case time.Time:
		return timeName(data)
	case map[string]any:
		return "a table"
	case []map[string]any:
		return "a list of tables"
	}
	return "a list"
}

// timeName tells the four date and time types of TOML apart: the library marks
// those without an offset by their location.
func timeName(t time.Time) string {
	switch t.Location().String() {
	case "datetime-local":
		return "a date-time without offset"
	case "date-local":
		return "a date"
	case "time-local":
		return "a time"
	}
	return "a date-time"
}

// text reads a string.
func (d *decoder) text(v value) (string, bool) {
	s, ok := v.data.(string)
	if !ok {
		d.wrongType(v)
	}
	return s, ok
}

// flag reads a boolean.
func (d *decoder) flag(v value, to *bool) {
	b, ok := v.data.(bool)
	if !ok {
		d.wrongType(v)
		return
	}
	*to = b
}

// number reads an integer of 0 to limit.
func (d *decoder) number(v value, limit uint32) (uint32, bool) {
	n, ok := v.data.(int64)
	if !ok {
		d.wrongType(v)
		return 0, false
	}
	if n < 0 || n > int64(limit) {
		d.errorf(v.at(), "bad %s %d: expected 0 to %d", v.key, n, limit)
		return 0, false
	}
	return uint32(n), true
}

// choice is a word and what it stands for.
type choice[T any] struct {
	word string
	is   T
}

// choose reads one word of a few.
func choose[T any](d *decoder, v value, choices []choice[T], to *T) bool {
	word, ok := d.text(v)
	if !ok {
		return false
	}
	words := make([]string, 0, 8)
	for _, c := range choices {
		if c.word == word {
			*to = c.is
			return true
		}
		words = append(words, c.word)
	}
	d.errorf(v.at(), "bad %s %q: %sexpected %s", v.key, word, suggest(word, words), oneOf(words))
	return false
}

// elements calls read for each element of a list, which may be written
// [one, two] or, of tables, [[like this]].
func (d *decoder) elements(v value, read func(value)) bool {
	var at func(i int) any
	n := 0
	switch list := v.data.(type) {
	case []any:
		at, n = func(i int) any { return list[i] }, len(list)
	case []map[string]any:
		at, n = func(i int) any { return list[i] }, len(list)
	default:
		d.wrongType(v)
		return false
	}
	if n != int(v.index.nodes[v.node].kids) {
		d.errorf(v.at(), "%q has elements whose place is unclear: expected plain TOML", v.key)
		return false
	}
	id := v.index.nodes[v.node].first
	for i := range n {
		read(value{v.src, v.index, id, at(i), v.key, v.want, true})
		id = v.index.nodes[id].next
	}
	return true
}

// list reads a list that must not be empty.
func (d *decoder) list(v value, read func(value)) {
	if d.elements(v, read) && v.empty() {
		d.errorf(v.at(), "%q is empty: expected %s", v.key, v.want)
	}
}

// once remembers what a list has named already.
type once[K comparable] struct {
	few  [8]K // searched one by one: almost every list
	n    int
	many map[K]bool
}

// first says whether k comes for the first time.
func (o *once[K]) first(k K) bool {
	if slices.Contains(o.few[:o.n], k) || o.many[k] {
		return false
	}
	if o.n < len(o.few) {
		o.few[o.n] = k
		o.n++
		return true
	}
	if o.many == nil {
		o.many = make(map[K]bool)
	}
	o.many[k] = true
	return true
}
