package clamav

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestRead(t *testing.T) {
	for name, test := range map[string]struct{ file, text, problem string }{
		"hash":           {"a.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Eicar", ""},
		"hash, any size": {"a.hsb", "44d88612fea8a8f36de82e1278abb02f:*:Eicar:73", ""},
		"short hash":     {"a.hdb", "44d88612:68:Eicar", "hash has 4 bytes"},
		"no digits":      {"a.hdb", "zz:68:Eicar", "expected hexadecimal"},
		"two fields":     {"a.hdb", "44d88612fea8a8f36de82e1278abb02f:68", "expected hash, size and name"},
		"section":        {"a.mdb", "68:44d88612fea8a8f36de82e1278abb02f:Eicar", ""},
		"body":           {"a.ndb", "X:0:*:41424344", ""},
		"offsets":        {"a.ndb", "X:1:EP+4,10:41424344\nY:1:S1+0:41424344\nZ:1:EOF-9:41424344\nZ:1:SL+9:41424344\nZ:1:SE2:41424344", ""},
		"bad offset":     {"a.ndb", "X:1:EP4:41424344", "bad offset"},
		"macro offset":   {"a.ndb", "X:1:VI:41424344", "not supported"},
		"bad target":     {"a.ndb", "X:44:*:41424344", "bad target"},
		"gaps":           {"a.ndb", "X:0:*:4142*4344{5}45{-3}46{2-}47[1-9]48??4?(41|42)!(41|42)43", ""},
		"two gaps":       {"a.ndb", "X:0:*:4142**4344", "two in a row"},
		"gap at the end": {"a.ndb", "X:0:*:4142*", "two in a row"},
		"half a byte":    {"a.ndb", "X:0:*:414", "half a byte"},
		"other lengths":  {"a.ndb", "X:0:*:41(41|4242)", "different lengths"},
		"boundary":       {"a.ndb", "X:0:*:41(B)", "not supported"},
		"another level":  {"a.ndb", "X:0:*:zz:999", ""},
		"logical":        {"a.ldb", "X;Engine:51-255,Target:1,FileSize:10-20;0&(1|2)>1,2;4142;EP+0:4343::iw;*:44", ""},
		"no pattern":     {"a.ldb", "X;Target:0;0&3;4142;4343;44", "there is no pattern 3"},
		"open block":     {"a.ldb", "X;Target:0;(0&1;4142;4343", ") is missing"},
		"regular":        {"a.ldb", "X;Target:0;0&1;4142;0/abc/i", "regular expressions"},
		"unknown kind":   {"a.xyz", "", "unknown kind"},
		"bytecode":       {"a.cbc", "", "not supported"},
		"no container":   {"a.cvd", "hello", "no ClamAV container"},
		"comments":       {"a.ndb", "# nothing\n\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var set Set
			problems := Add(&set, test.file, []byte(test.text))
			switch {
			case test.problem == "" && len(problems) > 0:
				t.Errorf("problems %v", problems)
			case test.problem != "" && (len(problems) != 1 || !strings.Contains(problems[0].Reason, test.problem)):
				t.Errorf("problems %v, want %q", problems, test.problem)
			}
		})
	}
}

func TestExpression(t *testing.T) {
	for text, holds := range map[string]bool{ // of 0 none was found, of 1 one, of 2 two, of 3 three
		"0": false, "1": true, "0|1": true, "0&1": false, "1&2": true, "0=0": true, "2=2": true, "2>2": false, "3>2": true, "3<3": false,
		"0&1|2": true, "(0|1)&3": true, "(1|2|3)=6": true, "(1|2|3)>5,3": true, "(0|2|3)>4,3": false, "(0|1|2)>2,2": true, "(1&2)&(0=0)": true, "((1|2)>1)&3": true,
	} {
		e, err := parseExpression(text, 4)
		if err != nil {
			t.Errorf("%q: %v", text, err)
		} else if got := e.Holds(func(sub int) int { return sub }); got != holds {
			t.Errorf("%q holds: %v", text, got)
		}
	}
}

// shared returns a folder of ../shared/data/clamav.
func shared(t testing.TB, name string) string {
	t.Helper()
	dir := filepath.Join("../../../shared/data/clamav", name)
	if _, err := os.Stat(dir); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip("../shared is not there")
	}
	return dir
}

// The public databases are read: all but a few.
func TestPublicDatabases(t *testing.T) {
	began := time.Now()
	set, problems, err := Read(shared(t, "pubsig-2025-04"))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hashes, %d logical, %d bodies, %d trusted in %v", len(set.Hashes), len(set.Logicals), len(set.Bodies), len(set.Trusted), time.Since(began))
	reasons := map[string]int{}
	for _, p := range problems {
		reasons[p.Reason]++
	}
	for reason, n := range reasons {
		t.Logf("%5d %s", n, reason)
	}
	if len(set.Hashes) < 82_000 || len(set.Logicals) < 38_000 || len(set.Bodies) < 230 || len(set.Trusted) < 480 {
		t.Error("too few were read")
	}
	if len(problems) > 700 {
		t.Errorf("%d cannot be used", len(problems))
	}
}

// The container of ClamAV's own tests has a good signature; one bit changed, it has none.
func TestContainer(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(shared(t, "unit_tests_input/freshclam_testfiles"), "test-1.cvd"))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(data); err != nil {
		t.Error(err)
	}
	bad := []byte(string(data))
	bad[600] ^= 1
	if err := verify(bad); err == nil {
		t.Error("a changed container is good")
	}
	at := strings.Index(string(data), ":ttQ")
	bad = []byte(string(data))
	bad[at+2] = 'u'
	if err := verify(bad); !errors.Is(err, ErrSignature) {
		t.Errorf("another signature: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	for _, seed := range []struct{ name, text string }{
		{"a.hdb", "44d88612fea8a8f36de82e1278abb02f:68:Eicar"}, {"a.ndb", "X:0:EP+4,10:4142*4344{5}(41|42)"},
		{"a.ldb", "X;Engine:51-255,Target:1;0&(1|2)>1,2;4142;EP+0:4343::iw;44"}, {"a.cld", "ClamAV-VDB:"},
	} {
		f.Add(seed.name, seed.text)
	}
	f.Fuzz(func(t *testing.T, name, text string) {
		var set Set
		problems := Add(&set, name, []byte(text))
		if len(problems) > maxProblems {
			t.Errorf("%d problems", len(problems))
		}
		for _, b := range set.Bodies {
			check(t, b.Pattern)
		}
		for _, l := range set.Logicals {
			for _, s := range l.Subs {
				for _, p := range s.Variants {
					check(t, p)
				}
			}
		}
	})
}

// check looks at what is promised of patterns.
func check(t *testing.T, p Pattern) {
	t.Helper()
	for i := range p {
		one := &p[i]
		if n := one.Len(); n == 0 || n > 2*maxPiece || one.Mask != nil && len(one.Mask) != n {
			t.Errorf("piece of %d bytes, %d in the mask", n, len(one.Mask))
		}
		for _, c := range one.Choices {
			if c.At+len(c.Any[0]) > one.Len() {
				t.Errorf("choice at %d of %d bytes", c.At, one.Len())
			}
		}
		if p[i].Max != Unbounded && p[i].Max < p[i].Min {
			t.Errorf("gap of %d to %d bytes", p[i].Min, p[i].Max)
		}
	}
}
