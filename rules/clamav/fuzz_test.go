package clamav

import "testing"

// FuzzLines: whatever a file holds, each line is read, left out or a problem, and once.
func FuzzLines(f *testing.F) {
	for _, seed := range []string{
		md5Digits + ":68:X", "68:" + md5Digits + ":X:73", "X:1:EP+0,5:4d5a??{2-8}(41|4?43)*50",
		`X;Engine:51-255,Target:1;(0|1)>2,1&2;EP+0:4142::iw;0/a.b/s;0(>>26#he4#<200)`,
		"X:CL_TYPE_ZIP:*:a\\.exe$:1-5:*:1:*:*:*", "X", "daily.ndb:5:X",
	} {
		for kind := range kinds {
			f.Add(kind, seed)
		}
	}
	f.Fuzz(func(t *testing.T, kind int, line string) {
		if kind < 0 || kind >= len(kinds) {
			return
		}
		var set Set
		r := reader{set: &set, opts: &Options{PUA: true}}
		set.Files = []File{{Name: "x"}}
		lines := 0
		r.lines([]byte(line), func(line string) error {
			lines++
			return r.kind(kinds[kind])(line)
		})
		got := len(set.Hashes) + len(set.Sections) + len(set.Imports) + len(set.Trusted) + len(set.Bodies) +
			len(set.Logical) + len(set.Members) + len(set.Ignored) + len(set.Problems)
		for _, s := range set.Skipped {
			got += s.Count
		}
		if got < lines {
			t.Errorf("%d lines, %d outcomes", lines, got)
		}
		for _, b := range set.Bodies {
			checkPattern(t, &b.Pattern)
		}
	})
}

// checkPattern holds what those who compile patterns rely on.
func checkPattern(t *testing.T, p *Pattern) {
	if len(p.Parts) == 0 || p.Parts[0].Min != 0 || p.Parts[0].Max != 0 {
		t.Fatalf("%+v", p)
	}
	for _, part := range p.Parts {
		if part.empty() || part.Mask != nil && len(part.Mask) != len(part.Bytes) || part.Max != Forever && part.Max < part.Min {
			t.Errorf("part %+v", part)
		}
		at := int32(0)
		for _, s := range part.Specials {
			if s.At < at || int(s.At) > len(part.Bytes) || s.Boundary == 0 && len(s.Alternatives) == 0 {
				t.Errorf("special %+v", s)
			}
			at = s.At
		}
	}
}

// FuzzContainer: what is not signed does not load.
func FuzzContainer(f *testing.F) {
	f.Add([]byte("ClamAV-VDB:27 Nov 2025 10-00 -0500:27:1:90:x:y:maker:1"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, name := range []string{"a.cvd", "a.cld"} {
			if s := LoadText(Options{}, name, data); len(s.Hashes)+len(s.Bodies)+len(s.Logical) > 0 {
				t.Errorf("%s loaded", name)
			}
			LoadText(Options{Unsigned: true}, name, data)
		}
	})
}
