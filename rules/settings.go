package rules

import (
	"reflect"
	"strconv"
	"strings"
	"time"
)

// Settings reads a TOML text into a struct that has its defaults: a
// configuration file, of tables with plain keys, lists of plain values, and lists of such tables.
// Fields have `toml` tags, and are structs, strings, integers, booleans,
// durations (as "30s"), any (an integer or a string) or lists of those. Unknown keys and wrong types are
// errors, each at its place; the struct must not be used if there are any.
// places says where each value that was given stands, by its dotted key;
// elements of a list count from 0, as in vni.0.id.1.
func Settings(file Source, into any) (places map[string]Pos, problems []Problem) {
	d := newDecoder(Options{})
	src := newSource(file.Name, file.Text, 0)
	s := settings{d: d, places: map[string]Pos{}}
	if values, index := parse(src, &d.report); values != nil {
		s.table(value{src: src, index: index, data: values}, "", reflect.ValueOf(into).Elem())
	}
	return s.places, d.problems([]*source{src})
}

// ProblemAt returns a problem with a value whose place Settings returned.
func ProblemAt(file Source, at Pos, message string) Problem {
	p := Problem{Pos: at, Message: printable(message)}
	if at.Line == 0 {
		p.File = file.Name
		return p
	}
	lines := strings.SplitN(string(file.Text), "\n", at.Line+1)
	p.Source = printable(strings.TrimSuffix(lines[at.Line-1], "\r"))
	return p
}

type settings struct {
	d      *decoder
	places map[string]Pos
}

// table reads a table into a struct.
func (s *settings) table(v value, path string, into reflect.Value) {
	table, ok := v.data.(map[string]any)
	if !ok {
		s.d.wrongType(v)
		return
	}
	fields := fieldsOf(into, v)
	for id := v.index.nodes[v.node].first; id != 0; id = v.index.nodes[id].next {
		name := v.index.nodes[id].name
		kid := value{src: v.src, index: v.index, node: id, data: table[name], key: name}
		i, known := fields.byName[name]
		if !known {
			unknownKey(s.d, kid, &fields.schema)
			continue
		}
		s.places[path+name] = kid.at().pos()
		kid.want = wantOf(into.Field(i).Type())
		s.value(kid, path+name+".", into.Field(i))
	}
}

type structFields struct {
	byName map[string]int
	schema schema[struct{}] // names the keys in messages
}

func fieldsOf(into reflect.Value, v value) structFields {
	f := structFields{byName: map[string]int{}}
	if v.in {
		f.schema.title = "[[" + v.key + "]]"
	} else if v.key != "" {
		f.schema.title = "[" + v.key + "]"
	}
	for i := range into.NumField() {
		key := into.Type().Field(i).Tag.Get("toml")
		f.byName[key] = i
		f.schema.fields = append(f.schema.fields, field[struct{}]{key: key})
	}
	return f
}

// value reads a value into a field.
func (s *settings) value(v value, path string, into reflect.Value) {
	if into.Kind() == reflect.Struct {
		s.table(v, path, into)
		return
	}
	if into.Type() == reflect.TypeFor[time.Duration]() {
		s.duration(v, into)
		return
	}
	if into.Kind() == reflect.Interface {
		s.either(v, into)
		return
	}
	switch data := v.data.(type) {
	case string:
		if into.Kind() == reflect.String {
			into.SetString(data)
			return
		}
	case bool:
		if into.Kind() == reflect.Bool {
			into.SetBool(data)
			return
		}
	case int64:
		if s.integer(v, data, into) {
			return
		}
	case []any, []map[string]any:
		if into.Kind() == reflect.Slice {
			s.list(v, path, into)
			return
		}
	}
	s.d.wrongType(v)
}

// either reads an integer or a string.
func (s *settings) either(v value, into reflect.Value) {
	switch v.data.(type) {
	case int64, string:
		into.Set(reflect.ValueOf(v.data))
	default:
		s.d.wrongType(v)
	}
}

// integer reads an integer, and reports one that the field cannot hold.
func (s *settings) integer(v value, n int64, into reflect.Value) bool {
	switch {
	case into.CanInt() && !into.OverflowInt(n):
		into.SetInt(n)
	case into.CanUint() && n >= 0 && !into.OverflowUint(uint64(n)):
		into.SetUint(uint64(n))
	case into.CanInt(), into.CanUint():
		s.d.errorf(v.at(), "bad %s %d: expected %s", v.key, n, wantOf(into.Type()))
	default:
		return false
	}
	return true
}

func (s *settings) duration(v value, into reflect.Value) {
	text, ok := s.d.text(v)
	if !ok {
		return
	}
	n, err := time.ParseDuration(text)
	if err != nil {
		s.d.errorf(v.at(), "bad %s %q: expected %s", v.key, text, v.want)
		return
	}
	into.SetInt(int64(n))
}

// list reads a list; it replaces the default as a whole.
func (s *settings) list(v value, path string, into reflect.Value) {
	into.Set(reflect.MakeSlice(into.Type(), 0, 0))
	s.d.elements(v, func(e value) {
		e.want = wantOf(into.Type().Elem())
		at := path + strconv.Itoa(into.Len())
		s.places[at] = e.at().pos()
		element := reflect.New(into.Type().Elem()).Elem()
		s.value(e, at+".", element)
		into.Set(reflect.Append(into, element))
	})
}

// wantOf describes the values of a type in messages.
func wantOf(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Duration]():
		return `a duration such as "30s" or "2h"`
	case t.Kind() == reflect.Interface:
		return "an integer or a string"
	case t.Kind() == reflect.Struct:
		return "a table"
	case t.Kind() == reflect.String:
		return "a string"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() == reflect.Slice:
		return "a list, each element " + wantOf(t.Elem())
	case t.Kind() == reflect.Uint16:
		return "an integer of 0 to 65535"
	}
	return "an integer"
}
