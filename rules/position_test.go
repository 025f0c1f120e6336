package rules

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkIndex walks decoded values and their nodes side by side: each value has
// a node of its shape, and what stands at the node's place is that value.
func checkIndex(t rapid.TB, src *source, values map[string]any) {
	t.Helper()
	checkNode(t, value{src: src, index: scan(src.text), data: values})
}

func checkNode(t rapid.TB, v value) {
	t.Helper()
	n := &v.index.nodes[v.node]
	switch data := v.data.(type) {
	case map[string]any:
		if int(n.kids) != len(data) || n.kind != tableNode {
			t.Fatalf("%q: %d nodes for %d keys", v.key, n.kids, len(data))
		}
		for id := n.first; id != 0; id = v.index.nodes[id].next {
			kid := v.index.nodes[id]
			data, ok := data[kid.name]
			if !ok {
				t.Fatalf("no value at node %q", kid.name)
			}
			checkKey(t, v.src, &kid)
			checkNode(t, value{src: v.src, index: v.index, node: id, data: data, key: kid.name})
		}
	case []any:
		checkElements(t, v, data)
		checkValue(t, v)
	case []map[string]any:
		list := make([]any, len(data))
		for i := range data {
			list[i] = data[i]
		}
		checkElements(t, v, list)
	default:
		checkValue(t, v)
	}
}

func checkElements(t rapid.TB, v value, list []any) {
	t.Helper()
	n := &v.index.nodes[v.node]
	if int(n.kids) != len(list) || n.kind != listNode {
		t.Fatalf("%q: %d nodes for %d elements", v.key, n.kids, len(list))
	}
	id := n.first
	for _, data := range list {
		checkNode(t, value{src: v.src, index: v.index, node: id, data: data})
		id = v.index.nodes[id].next
	}
}

// checkValue decodes what stands at the place of a value by itself.
func checkValue(t rapid.TB, v value) {
	t.Helper()
	n := v.index.nodes[v.node]
	text := v.src.text[n.val.start:n.val.end]
	again, err := decodeTOML("x = " + text)
	if err != nil {
		t.Fatalf("at the place of %v stands %q: %v", v.data, text, err)
	}
	if strings.Contains(text, "nan") {
		return // never equal to itself
	}
	if !reflect.DeepEqual(again["x"], v.data) {
		t.Fatalf("at the place of %#v stands %q", v.data, text)
	}
}

func checkKey(t rapid.TB, src *source, n *node) {
	t.Helper()
	text := src.text[n.key.start:n.key.end]
	again, err := decodeTOML(text + " = 1")
	if err != nil || again[n.name] == nil || len(again) != 1 {
		t.Fatalf("at the place of key %q stands %q: %v", n.name, text, err)
	}
}

// writer writes random TOML in all the forms that the format offers.
type writer struct {
	*rapid.T
	b    strings.Builder
	next int
}

func (w *writer) pick(of ...string) string { return rapid.SampledFrom(of).Draw(w.T, "form") }

// newKey returns a key that is new in its file.
func (w *writer) newKey() string {
	w.next++
	form := w.pick("k%d", `"k %d"`, `'k.%d'`, `"kü\"\u00e9%d"`, "%d", `"#%d"`, "a%d . b", `t%d."x]".y`)
	return fmt.Sprintf(form, w.next)
}

func (w *writer) value(depth int) string {
	if depth > 0 && rapid.IntRange(0, 3).Draw(w.T, "deep") == 0 {
		return w.nested(depth - 1)
	}
	return w.pick("1", "-17", "0xff", "1_000", "1.5", "-1e3", "inf", "true", "false",
		"2027-01-01T00:00:00Z", "2027-01-01 10:00:00+02:00", "2027-01-01", "07:32:00.5",
		`""`, `"plain"`, `"tcp/5432"`, `"日本 \" # ] }"`, `"\t\\"`, `''`, `'C:\x'`, `'"'`,
		`"""two "" lines`+"\n"+`# no comment ""\""""`, `"""a \`+"\n"+`  b"""`, `"""x"""""`, `""""""`,
		`'''a`+"\r\n"+`'b' ''c'''''`, `''''''`)
}

func (w *writer) nested(depth int) string {
	n := rapid.IntRange(0, 3).Draw(w.T, "elements")
	if w.pick("list", "table") == "list" {
		gap := w.pick("", " ", "\n\t", " # ],\n", "\r\n")
		end := w.pick("", ",")
		if n == 0 {
			end = ""
		}
		return "[" + gap + strings.Join(w.values(n, depth), gap+","+gap) + gap + end + gap + "]"
	}
	pairs := w.values(n, depth)
	for i := range pairs {
		pairs[i] = w.newKey() + w.pick("=", " = ", "\t=") + pairs[i]
	}
	return "{ " + strings.Join(pairs, w.pick(",", " , ", ",\n")) + " }"
}

func (w *writer) values(n, depth int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = w.value(depth)
	}
	return list
}

func (w *writer) line() {
	switch w.pick("pair", "pair", "pair", "table", "list", "sub", "comment") {
	case "pair":
		fmt.Fprintf(&w.b, "%s%s = %s%s", w.pick("", "  ", "\t"), w.newKey(), w.value(3), w.pick("\n", " # é\n", "\r\n"))
	case "table":
		fmt.Fprintf(&w.b, "[ %s ]\n", w.newKey())
	case "list":
		key := w.newKey()
		for range rapid.IntRange(1, 3).Draw(w.T, "tables") {
			fmt.Fprintf(&w.b, "[[%s]] # '\n%s = %s\n[%s.sub]\nz = 1\n", key, w.newKey(), w.value(2), key)
		}
	case "sub":
		fmt.Fprintf(&w.b, "[acl.%s]\n", w.newKey())
	default:
		w.b.WriteString("# [x] \"\n\n")
	}
}

func TestIndexProperty(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		w := &writer{T: rt}
		for range rapid.IntRange(1, 25).Draw(rt, "lines") {
			w.line()
		}
		src := newSource("p.toml", []byte(w.b.String()), 0)
		values, err := decodeTOML(src.text)
		if err != nil {
			rt.Fatalf("written TOML is wrong: %v\n%s", err, src.text)
		}
		checkIndex(rt, src, values)
	})
}

// TestWideTable makes the index search by map.
func TestWideTable(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		fmt.Fprintf(&b, "t.k%d.a = %d\n", i, i)
	}
	for i := range 100 {
		fmt.Fprintf(&b, "t.k%d.b = %d\n", i, i)
	}
	src := newSource("p.toml", []byte(b.String()), 0)
	values, err := decodeTOML(src.text)
	if err != nil {
		t.Fatal(err)
	}
	checkIndex(t, src, values)
}

func TestPos(t *testing.T) {
	src := newSource("p.toml", []byte("\ufeffa = 'é'\r\n\r\n日 = \"\"\"x\ny\"\"\"\n"), 0)
	for _, c := range []struct {
		text                string
		line, column, width int
	}{
		{"a", 1, 1, 1},
		{"'é'", 1, 5, 3},
		{"日", 3, 1, 1},
		{"\"\"\"x\ny\"\"\"", 3, 5, 4},
		{"y", 4, 1, 1},
	} {
		start := int32(strings.Index(src.text, c.text))
		got := src.pos(span{start, start + int32(len(c.text))})
		if want := (Pos{"p.toml", c.line, c.column, c.width}); got != want {
			t.Errorf("%q: got %+v, want %+v", c.text, got, want)
		}
	}
	end := int32(len(src.text))
	if got := src.pos(span{end, end + 5}); got != (Pos{"p.toml", 5, 1, 1}) {
		t.Errorf("end: got %+v", got)
	}
}
