package rules

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// coverPolicy writes a policy: segments as they stand in TOML, and rules as
// "name from to services", lists with commas, "-" for no services.
func coverPolicy(segments string, rules ...string) string {
	var b strings.Builder
	b.WriteString(segments)
	for _, r := range rules {
		f := strings.Fields(r)
		list := func(s string) string { return `["` + strings.ReplaceAll(s, ",", `","`) + `"]` }
		fmt.Fprintf(&b, "\n[[acl]]\nname = %q\nfrom = %s\nto = %s\naction = \"deny\"\n", f[0], list(f[1]), list(f[2]))
		if f[3] != "-" {
			fmt.Fprintf(&b, "service = %s\n", list(f[3]))
		}
		for _, more := range f[4:] {
			fmt.Fprintln(&b, more)
		}
	}
	return b.String()
}

const coverSegments = `
segment = [
    { name = "web", vni = [100], prefix = ["10.1.1.0/24"] },
    { name = "site", vni = ["100-199"], prefix = ["10.1.0.0/16", "2001:db8::/32"] },
    { name = "v6", vni = [150], prefix = ["2001:db8:5::/48"] },
    { name = "net", prefix = ["10.0.0.0/8"] },
    { name = "group", group = [17] },
    { name = "groups", group = ["10-20"] },
    { name = "mac", mac = ["02:00:00:00:00:01"], group = [12] },
    { name = "macs", mac = ["02:00:00:00:00:01", "02:00:00:00:00:02"] },
    { name = "both", include = ["web", "v6"] },
    { name = "more", include = ["both"], vni = [7] },
    { name = "split", vni = [100], prefix = ["10.1.1.0/25", "10.1.1.128/25"] },
]`

func TestCovered(t *testing.T) {
	for _, c := range []struct {
		name  string
		rules []string
		want  string // "late: early, early; …"
	}{
		{"same", []string{"a web site tcp", "b web site tcp/80"}, "b: a"},
		{"more services", []string{"a web site tcp/80", "b web site tcp"}, ""},
		{"other way", []string{"a web site tcp", "b site web tcp"}, ""},
		{"catch-all", []string{"a any any -", "b web any -", "c any any tcp"}, "b: a; c: a"},
		{"any from", []string{"a any web -", "b site web udp/1"}, "b: a"},
		{"not any", []string{"a web any -", "b any any -"}, ""},
		{"union", []string{"a web any tcp/1-10", "b web any tcp/11-20", "c web site tcp/5-15"}, "c: a, b"},
		{"gap", []string{"a web any tcp/1-10", "b web any tcp/12-20", "c web site tcp/5-15"}, ""},
		{"union of lists", []string{"a web any tcp/1,udp/53", "b any web tcp/2", "c web web tcp/1-2,udp/53"}, "c: a, b"},
		{"icmp", []string{"a web any icmp", "b web any icmp/echo-request,icmpv6/1"}, "b: a"},
		{"by number", []string{"a web any ip/6", "b web any tcp/0-65535"}, "b: a"},
		{"all ways", []string{"a web any -", "b site any -", "c web,site web -"}, "c: a, b"},
		{"one way left", []string{"a web any -", "b web,group any -"}, ""},
		{"criteria", []string{"a site any -", "b web any -", "c v6 any -", "d net any -"}, "b: a; c: a"},
		{"without vni", []string{"a net any -", "b web any -", "c site any -"}, "b: a"},
		{"group", []string{"a groups any -", "b group any -"}, "b: a"},
		{"group, not", []string{"a group any -", "b groups any -"}, ""},
		{"mac", []string{"a macs any tcp/1-5", "b groups any tcp/6-9", "c mac any tcp/1-9"}, "c: a, b"},
		{"include", []string{"a more any -", "b both any -", "c web any -"}, "b: a; c: a"},
		{"includes by criteria", []string{"a site any -", "b both any -", "c more any -"}, "b: a"},
		{"split prefix", []string{"a web any -", "b split any -"}, "b: a"},
		{"disabled", []string{"a web any - enabled=false", "b web any -", "c web any - enabled=false"}, ""},
		{"expired", []string{"a web any - expires=2020-01-01T00:00:00Z", "b web any -"}, ""},
		{"not yet expired", []string{"a web any - expires=2030-01-01T00:00:00Z", "b web any -"}, "b: a"},
		{"not by the dead", []string{"a web any -", "b web any tcp/1", "c web any tcp/1"}, "b: a; c: a"},
		{"one is enough", []string{"a web any tcp/1-9", "b any any tcp", "c web any tcp/5-20"}, "c: b"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, problems := mustParse(t, coverPolicy(coverSegments, c.rules...))
			if got := coveredNames(problems); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// coveredNames boils problems down to the names of rules.
func coveredNames(problems []Problem) string {
	var list []string
	for _, p := range problems {
		late, early, ok := strings.Cut(p.Message, " can never match: all that it could match is decided before by ")
		if !ok {
			continue
		}
		var names []string
		for _, e := range strings.Split(early, " and ") {
			names = append(names, strings.Split(e, `"`)[1])
		}
		list = append(list, strings.Split(late, `"`)[1]+": "+strings.Join(names, ", "))
	}
	return strings.Join(list, "; ")
}

// TestCoveredSound compares the search with one that goes through all points
// of a small world: no rule that can match is called covered, and named rules
// are enough to cover.
func TestCoveredSound(t *testing.T) {
	names := []string{"web", "site", "v6", "net", "group", "groups", "mac", "macs", "both", "more", "split", "any"}
	services := []string{"tcp", "tcp/1", "tcp/1-3", "tcp/2-9", "udp", "icmp", "-", "tcp/9,udp/1"}
	rapid.Check(t, func(rt *rapid.T) {
		var rules []string
		side := rapid.Map(rapid.SliceOfNDistinct(rapid.SampledFrom(names), 1, 2, rapid.ID), func(s []string) string {
			if slices.Contains(s, "any") {
				return "any"
			}
			return strings.Join(s, ",")
		})
		for i := range rapid.IntRange(1, 12).Draw(rt, "rules") {
			rules = append(rules, fmt.Sprintf("r%d %s %s %s", i, side.Draw(rt, "from"), side.Draw(rt, "to"),
				rapid.SampledFrom(services).Draw(rt, "service")))
		}
		set, problems := mustParse(t, coverPolicy(coverSegments, rules...))
		called := make(map[string]bool)
		for _, c := range strings.Split(coveredNames(problems), "; ") {
			name, _, _ := strings.Cut(c, ":")
			called[name] = true
		}
		for i := range set.ACL {
			if called[set.ACL[i].Name] && matchesSomething(set, i) {
				rt.Fatalf("rule %s matches, yet is called covered:\n%s", set.ACL[i].Name, strings.Join(rules, "\n"))
			}
		}
	})
}

// workload is one point of the small world.
type workload struct {
	vni, group uint32
	addr       netip.Addr
	mac        byte
}

func workloads() []workload {
	var list []workload
	for _, vni := range []uint32{7, 100, 150, 9} {
		for _, group := range []uint32{0, 12, 17} {
			for _, addr := range []string{"10.1.1.1", "10.1.1.200", "10.1.2.1", "10.2.0.1", "2001:db8:5::1", "2001:db8:6::1", "192.0.2.1"} {
				for mac := range byte(3) {
					list = append(list, workload{vni, group, netip.MustParseAddr(addr), mac})
				}
			}
		}
	}
	return list
}

func (w workload) belongs(set *Set, e Endpoint) bool {
	return e.Any || slices.ContainsFunc(e.Segments, func(i int) bool { return w.in(set, i) })
}

func (w workload) in(set *Set, i int) bool {
	s := &set.Segments[i]
	if slices.ContainsFunc(s.Include, func(k int) bool { return w.in(set, k) }) {
		return true
	}
	within := func(n uint32, ranges []Range) bool {
		return ranges == nil || slices.ContainsFunc(ranges, func(r Range) bool { return r.Lo <= n && n <= r.Hi })
	}
	return len(s.VNI)+len(s.Group)+len(s.Prefix)+len(s.MAC) > 0 &&
		within(w.vni, s.VNI) && within(w.group, s.Group) &&
		(s.Prefix == nil || slices.ContainsFunc(s.Prefix, func(p netip.Prefix) bool { return p.Contains(w.addr) })) &&
		(s.MAC == nil || slices.Contains(s.MAC, [6]byte{2, 0, 0, 0, 0, w.mac}))
}

// matchesSomething says whether rule n is the first to match some flow.
func matchesSomething(set *Set, n int) bool {
	all := workloads()
	points := []uint32{Point(6, 1), Point(6, 2), Point(6, 3), Point(6, 5), Point(6, 9), Point(6, 10), Point(17, 1), Point(17, 2), Point(1, 0), Point(58, 1), Point(99, 0)}
	for _, from := range all {
		for i, to := range all {
			if i%13 != 0 && from != to {
				continue // a sample: all pairs take too long
			}
			for _, p := range points {
				if first(set, from, to, p) == n {
					return true
				}
			}
		}
	}
	return false
}

func first(set *Set, from, to workload, point uint32) int {
	return slices.IndexFunc(set.ACL, func(r ACL) bool {
		hit := slices.ContainsFunc(r.Service, func(m Match) bool { return m.Lo <= point && point <= m.Hi })
		return hit && from.belongs(set, r.From) && to.belongs(set, r.To)
	})
}

// TestCoverGivesUp holds the search to its budget on a policy made to be slow.
func TestCoverGivesUp(t *testing.T) {
	var b strings.Builder
	names := make([]string, 3000)
	for i := range names {
		names[i] = fmt.Sprintf("s%d", i)
		fmt.Fprintf(&b, "[[segment]]\nname = %q\nvni = [\"0-%d\"]\n", names[i], 100+i)
	}
	all := strings.Join(names, ",")
	_, problems := mustParse(t, coverPolicy(b.String(), "a s0 s1 tcp/1", "b "+all+" "+all+" tcp/2", "c "+all+" "+all+" tcp/3", "d "+all+" "+all+" tcp/3"))
	if len(problems) != 1 || !strings.Contains(problems[0].Message, "not searched") {
		t.Errorf("got %v", problems)
	}
}

func TestCoverSet(t *testing.T) {
	var s coverSet
	s = s.add([]Match{{10, 20}}, 0)
	s = s.add([]Match{{40, 50}}, 1)
	s = s.add([]Match{{0, 100}}, 2)
	want := coverSet{{Match{0, 9}, 2}, {Match{10, 20}, 0}, {Match{21, 39}, 2}, {Match{40, 50}, 1}, {Match{51, 100}, 2}}
	if !slices.Equal(s, want) {
		t.Errorf("got %v", s)
	}
	open, owners := s.subtract([]Match{{15, 45}, {90, 110}}, nil)
	if !slices.Equal(open, []Match{{101, 110}}) || !slices.Equal(owners, []int32{0, 2, 1, 2}) {
		t.Errorf("got %v, %v", open, owners)
	}
}

func TestSortMatches(t *testing.T) {
	got := sortMatches([]Match{{9, 12}, {1, 2}, {3, 4}, {10, 11}, {20, 30}, {25, 26}})
	if !slices.Equal(got, []Match{{1, 4}, {9, 12}, {20, 30}}) {
		t.Errorf("got %v", got)
	}
}
