package rules

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// mustParse returns the set of a policy without errors.
func mustParse(t testing.TB, text string) (*Set, []Problem) {
	t.Helper()
	set, problems := Parse(Options{Now: now}, Source{"p.toml", []byte(text)})
	if set == nil {
		for _, p := range problems {
			t.Log(p.Detail())
		}
		t.Fatal("policy does not load")
	}
	return set, problems
}

func TestSample(t *testing.T) {
	set, problems, err := Load(Options{Now: now}, "testdata/sample.toml")
	if err != nil || len(problems) > 0 {
		t.Fatalf("problems %v, error %v", problems, err)
	}
	pos := func(line, column, width int) Pos { return Pos{"testdata/sample.toml", line, column, width} }
	set.Hash, set.Env = [32]byte{}, nil
	tcp := func(lo, hi uint16) Match { return Match{Point(6, lo), Point(6, hi)} }
	match := []Match{tcp(5432, 5432), tcp(6432, 6440), {Point(1, 8<<8), Point(1, 8<<8|255)}, {Point(58, 128<<8), Point(58, 128<<8|255)}}
	want := &Set{
		Policy: Policy{Log: LogEnd, Pos: pos(1, 1, 8)},
		Control: Control{
			ARP: ControlAllow, ND: ControlAllow, DHCP: ControlAllow,
			Broadcast: ControlPolicy, Multicast: ControlPolicy, Pos: pos(33, 1, 9),
		},
		Segments: []Segment{
			{
				Name: "web", VNI: []Range{{100, 100}, {200, 299}}, Pos: pos(6, 10, 5),
				Prefix: []netip.Prefix{netip.MustParsePrefix("10.1.0.0/24"), netip.MustParsePrefix("2001:db8:1::/64")},
			},
			{Name: "db", VNI: []Range{{100, 100}}, Group: []Range{{17, 17}}, MAC: [][6]byte{{2, 0, 0, 0, 1, 11}}, Pos: pos(11, 9, 4)},
		},
		Services: []Service{{Name: "postgres", Match: match, Pos: pos(18, 9, 10)}},
		ACL: []ACL{{
			Name: "web-to-db", From: Endpoint{Segments: []int{0}}, To: Endpoint{Segments: []int{1}},
			Service: append(match, Match{Point(17, 53), Point(17, 53)}), ServiceText: []string{"postgres", "udp/53"},
			Action: Allow, Log: LogBoth, Enabled: true, Expires: time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
			Description: "the shop reads its orders", Pos: pos(22, 11, 11),
		}},
		Asserts: []Assert{{
			VNI: 100, From: netip.MustParseAddr("10.1.0.5"), To: netip.MustParseAddr("10.2.0.9"),
			Service: Point(6, 5432), ServiceText: "tcp/5432", Expect: Allow, Rule: "web-to-db",
			Pos: pos(36, 1, 10), ExpectPos: pos(41, 11, 7), RulePos: pos(42, 11, 11),
		}},
		Files: []string{"testdata/sample.toml"},
	}
	if !reflect.DeepEqual(set, want) {
		t.Errorf("got  %+v\nwant %+v", set, want)
	}
}

func TestLoadPaths(t *testing.T) {
	dir := t.TempDir()
	b := write(t, dir, "d/20-b.toml", "")
	a := write(t, dir, "d/10-a.toml", "")
	write(t, dir, "d/.hidden.toml", "x")
	write(t, dir, "d/notes.txt", "x")
	write(t, dir, "d/sub.toml/c.toml", "x")
	other := write(t, dir, "other.conf", "")
	write(t, dir, "empty/readme", "")
	d := filepath.Join(dir, "d")
	for _, c := range []struct {
		name  string
		paths []string
		files []string
		fails string
	}{
		{"directory", []string{d}, []string{a, b}, ""},
		{"order as given", []string{other, d}, []string{other, a, b}, ""},
		{"twice", []string{b, d, d + "/../d/10-a.toml"}, []string{b, a}, ""},
		{"nothing", nil, nil, "load rules: no file is given"},
		{"missing", []string{a, dir + "/none"}, nil, "load rules: stat " + dir + "/none: no such file or directory"},
		{"empty", []string{dir + "/empty"}, nil, "load rules: read directory " + dir + "/empty: it holds no file *.toml"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, problems, err := Load(Options{}, c.paths...)
			if c.fails != "" {
				if set != nil || err == nil || err.Error() != c.fails {
					t.Errorf("got set %v, error %v", set, err)
				}
				return
			}
			if err != nil || len(problems) > 0 || !reflect.DeepEqual(set.Files, c.files) {
				t.Errorf("got %+v, %v, %v", set, problems, err)
			}
		})
	}
}

func write(t *testing.T, dir, name, text string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestHash(t *testing.T) {
	hash := func(files ...Source) [32]byte {
		set, _ := Parse(Options{}, files...)
		return set.Hash
	}
	base := hash(Source{"a.toml", []byte("# 1")})
	if base != hash(Source{"elsewhere/a.toml", []byte("# 1")}) {
		t.Error("the directory counts")
	}
	for _, other := range [][32]byte{
		hash(Source{"b.toml", []byte("# 1")}),
		hash(Source{"a.toml", []byte("# 2")}),
		hash(Source{"a.toml", []byte("# 1")}, Source{"b.toml", nil}),
	} {
		if other == base {
			t.Error("different files, same hash")
		}
	}
}

func TestDefaults(t *testing.T) {
	set, _ := mustParse(t, "[[acl]]\nname = \"a\"\nfrom = \"any\"\nto = [\"any\"]\naction = \"reject\"\n")
	if set.Policy != (Policy{Log: LogEnd}) || set.Control != defaultControl {
		t.Errorf("got %+v, %+v", set.Policy, set.Control)
	}
	r := set.ACL[0]
	want := ACL{
		Name: "a", From: Endpoint{Any: true}, To: Endpoint{Any: true}, Service: []Match{AnyService},
		Action: Reject, Log: LogEnd, Enabled: true, Pos: Pos{"p.toml", 2, 8, 3},
	}
	if !reflect.DeepEqual(r, want) {
		t.Errorf("got %+v\nwant %+v", r, want)
	}
}

func TestExpiry(t *testing.T) {
	text := []byte("acl = [{name = \"a\", from = \"any\", to = \"any\", action = \"deny\", expires = 2026-07-01T02:00:00+02:00}]")
	for _, c := range []struct {
		name string
		now  time.Time
		want int
	}{
		{"no time", time.Time{}, 0},
		{"before", now.Add(-time.Second), 0},
		{"that moment", now, 1},
		{"after", now.Add(time.Second), 1},
	} {
		set, problems := Parse(Options{Now: c.now}, Source{"p.toml", text})
		if set == nil || len(problems) != c.want || !set.ACL[0].Expires.Equal(now) {
			t.Errorf("%s: got %v", c.name, problems)
		}
	}
}

func TestLimits(t *testing.T) {
	many := "[[segment]]\nname = \"a\"\nvni = [" + strings.Repeat("-1,", 5000) + "]"
	chain := "[[segment]]\nname = \"s0\"\nvni = [1]\n"
	for i := range 100 {
		chain += fmt.Sprintf("[[segment]]\nname = \"s%d\"\ninclude = [\"s%d\"]\n", i+1, i)
	}
	for _, c := range []struct {
		name, text string
		count      int
		last       string
	}{
		{"file", strings.Repeat("\n", maxFile+1), 1, "p.toml: file is too large: expected at most 64 MiB"},
		{"problems", many, maxProblems + 1, "p.toml: … and 4000 more"},
		{"one line", strings.ReplaceAll("segment = [{ vni = [0], name = \"ü\" },"+strings.Repeat("\t", 1<<20)+" 1]", "\n", ""), 2,
			`p.toml:1:1048615: wrong type in "segment": found an integer, expected tables [[segment]]`},
		{"brackets", "a = " + strings.Repeat("{a=", 1<<20), 1, "p.toml:1:197: brackets nested deeper than 64"},
		{"dots", strings.Repeat("a.", 1<<20) + "a = 1", 1, "p.toml:1:128: key with more than 64 parts"},
		{"includes", chain, 68, `p.toml:302:8: includes are nested deeper than 32`},
		{"utf-16", "\xff\xfea\x00", 1, "p.toml:1:1: file is UTF-16: expected UTF-8"},
	} {
		t.Run(c.name, func(t *testing.T) {
			set, problems := Parse(Options{}, Source{"p.toml", []byte(c.text)})
			if set != nil || len(problems) != c.count {
				t.Fatalf("got %d problems", len(problems))
			}
			last := problems[len(problems)-1]
			if last.Error() != c.last {
				t.Errorf("got %s", last.Error())
			}
			if n := len(last.Detail()); n > 2000 {
				t.Errorf("detail has %d bytes", n)
			}
		})
	}
}

// largePolicy has the given numbers of segments and rules.
func largePolicy(segments, rules int) []byte {
	var b strings.Builder
	for i := range segments {
		fmt.Fprintf(&b, "[[segment]]\nname = \"s%d\"\nvni = [%d]\nprefix = [\"10.%d.%d.0/24\"]\n\n", i, i%100, i>>8&255, i&255)
	}
	for i := range rules {
		fmt.Fprintf(&b, "[[acl]]\nname = \"r%d\"\nfrom = [\"s%d\"]\nto = [\"s%d\"]\nservice = [\"tcp/%d\", \"udp/53\"]\naction = \"allow\"\n\n",
			i, i%segments, (i*7+i/segments)%segments, i%60000)
	}
	return []byte(b.String())
}

func BenchmarkParse(b *testing.B) {
	text := largePolicy(10_000, 100_000)
	for b.Loop() {
		if set, _ := Parse(Options{}, Source{"p.toml", text}); len(set.ACL) != 100_000 {
			b.Fatal("rules are missing")
		}
	}
}

func BenchmarkCover(b *testing.B) {
	d := newDecoder(Options{})
	d.file(newSource("p.toml", largePolicy(10_000, 100_000), 0))
	set := &Set{}
	d.resolve(set)
	for b.Loop() {
		d.findCovered(set)
	}
}
