package rules

import (
	"strings"
	"testing"
)

func TestDetail(t *testing.T) {
	long := strings.Repeat("é", 500)
	for _, c := range []struct {
		name string
		p    Problem
		want string
	}{
		{"file", Problem{Pos: Pos{File: "a.toml"}, Message: "m"}, "a.toml: m\n"},
		{"no source", Problem{Pos: Pos{"a.toml", 3, 1, 1}, Message: "m"}, "a.toml:3:1: m\n"},
		{"caret", Problem{Pos: Pos{"a.toml", 3, 5, 2}, Message: "m", Source: "ab = cd"}, "a.toml:3:5: m\n    3 | ab = cd\n      |     ^^\n"},
		{"end", Problem{Pos: Pos{"a.toml", 3, 3, 9}, Message: "m", Source: "ab"}, "a.toml:3:3: m\n    3 | ab\n      |   ^\n"},
		{"tab", Problem{Pos: Pos{"a.toml", 123456, 3, 1}, Message: "m", Source: "\ta\té"}, "a.toml:123456:3: m\n123456 | \ta\té\n       | \t ^\n"},
		{"escape", Problem{Pos: Pos{"a\x1b.toml", 1, 2, 1}, Message: "m", Source: "\x1bx"}, "a␛.toml:1:2: m\n    1 | ␛x\n      |  ^\n"},
		{
			"window", Problem{Pos: Pos{"a.toml", 1, 251, 300}, Message: "m", Source: long},
			"a.toml:1:251: m\n    1 | " + long[:240] + "\n      | " + strings.Repeat(" ", 60) + strings.Repeat("^", 60) + "\n",
		},
		{
			"cut", Problem{Pos: Pos{"a.toml", 1, 1003, 1}, Message: "m", Source: "abc", cut: 1000},
			"a.toml:1:1003: m\n    1 | abc\n      |   ^\n",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.p.Detail(); got != c.want {
				t.Errorf("got\n%swant\n%s", got, c.want)
			}
		})
	}
}

// TestLongLine finds the right character in a line of which an excerpt is kept.
func TestLongLine(t *testing.T) {
	text := "x = ['" + strings.Repeat("日", 5000) + "', 7, '" + strings.Repeat("本", 5000) + "']"
	src := newSource("p.toml", []byte(text), 0)
	r := &report{}
	at := int32(strings.Index(text, "7"))
	r.warnf(place{src, span{at, at + 1}}, "m")
	p := r.problems([]*source{src})[0]
	if p.Column != 5010 || len(p.Source) > excerptBytes+8 {
		t.Fatalf("got column %d, %d bytes", p.Column, len(p.Source))
	}
	lines := strings.Split(p.Detail(), "\n")
	source, caret := []rune(lines[1]), []rune(lines[2])
	if source[len(caret)-1] != '7' || caret[len(caret)-1] != '^' {
		t.Errorf("got\n%s", p.Detail())
	}
}

func TestReportOrder(t *testing.T) {
	first := newSource("z.toml", []byte("a\nb\nc"), 0)
	second := newSource("a.toml", []byte("a\nb\nc"), 1)
	r := &report{}
	r.errorf(place{second, span{0, 1}}, "4")
	r.file(first, "3")
	r.warnf(place{first, span{2, 3}}, "2")
	r.errorf(place{first, span{0, 1}}, "0")
	r.warnf(place{first, span{0, 1}}, "1")
	got := ""
	for _, p := range r.problems([]*source{first, second}) {
		got += p.Message
	}
	if got != "01234" || r.errors != 3 {
		t.Errorf("got %s, %d errors", got, r.errors)
	}
}

// TestReportBounds keeps errors apart from warnings: the one does not crowd
// out the other.
func TestReportBounds(t *testing.T) {
	for _, c := range []struct {
		errors, warnings, kept int
		severity               Severity
		last                   string
	}{
		{maxProblems, maxProblems, 2 * maxProblems, Error, "m"},
		{0, maxProblems + 5, maxProblems + 1, Warning, "… and 5 more"},
		{maxProblems + 3, maxProblems + 5, 2*maxProblems + 1, Error, "… and 8 more"},
		{3, maxProblems + 5, maxProblems + 4, Warning, "… and 5 more"},
	} {
		src := newSource("p.toml", []byte("x"), 0)
		r := &report{}
		for range c.warnings {
			r.warnf(place{src, span{0, 1}}, "m")
		}
		for range c.errors {
			r.errorf(place{src, span{0, 1}}, "m")
		}
		problems := r.problems([]*source{src})
		last := problems[len(problems)-1]
		if len(problems) != c.kept || last.Message != c.last || last.Severity != c.severity || r.errors != c.errors {
			t.Errorf("%+v: got %d problems, the last is %+v", c, len(problems), last)
		}
	}
}
