package clamav

import (
	"strings"
	"testing"
)

const md5Digits = "44d88612fea8a8f36de82e1278abb02f"

// TestMistakes holds what is said of lines that cannot be used.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ file, line, want string }{
		{"a.hdb", "44:68:X", "hash: 2 digits"},
		{"a.hdb", strings.Repeat("z", 32) + ":68:X", "is not hexadecimal"},
		{"a.hdb", md5Digits + ":x:X", "size: \"x\" is not a number"},
		{"a.hdb", md5Digits + ":*:X", `"*" needs a minimum level`},
		{"a.hdb", md5Digits + ":68:", "name: 0 bytes"},
		{"a.hdb", md5Digits, "1 fields"},
		{"a.mdb", md5Digits + ":68:X", "hash: 2 digits"},
		{"a.ndb", "X:14:*:4141", "target:"},
		{"a.ndb", "X:0:Q:4141", "offset:"},
		{"a.ndb", "X:0:Sx+2:4141", "offset:"},
		{"a.ndb", "X:0:*:414", "half a byte"},
		{"a.ndb", "X:0:*:41zz", "expected a hexadecimal digit"},
		{"a.ndb", "X:0:*:41{5-2}42", "gap"},
		{"a.ndb", "X:0:*:41{5", "is missing"},
		{"a.ndb", "X:0:*:41*", "ends in a gap"},
		{"a.ndb", "X:0:*:*41", "begins with a gap"},
		{"a.ndb", "X:0:*:????", "no byte of it is known"},
		{"a.ndb", "X:0:*:41(42|", "that is closed"},
		{"a.ndb", "X:0:*:41!(42|4343)44", "differ in length"},
		{"a.ldb", "X;Target:0;0", "3 fields"},
		{"a.ldb", "X;Engine:51-255;0;4141", "Target is missing"},
		{"a.ldb", "X;Target:0,Colour:red;0;4141", "unknown attribute"},
		{"a.ldb", "X;Target:0;1;4141", "subsignature 1: there are 1"},
		{"a.ldb", "X;Target:0;(0;4141", "expected )"},
		{"a.ldb", "X;Target:0;0&;4141", "expected the number"},
		{"a.ldb", "X;Target:0;" + strings.Repeat("(", 100) + "0;4141", "nested deeper"},
		{"a.ldb", "X;Target:0;0;4141::q", "modifiers"},
		{"a.ldb", "X;Target:0;0&1;4141;0/(/y", "flags"},
		{"a.ldb", "X;Target:0;0&1;4141;0(5#il4#=1)", "offset"},
		{"a.ldb", "X;Target:0;0&1;4141;0(>>5#il3#=1)", "options"},
		{"a.ldb", "X;Target:0,FileSize:9-3;0;4141", "is empty"},
		{"a.cdb", "X:CL_TYPE_ZIP", "2 fields"},
		{"a.cdb", "X:CL_TYPE_ZIP:*:(:*:*:*:*:*:*", "file name"},
		{"a.ign2", "a:b:c:d", "4 fields"},
		{"a.xyz", "a", "not a kind"},
		{"a.cvd", "a", "header: 12 bytes"},
	} {
		s := LoadText(Options{}, c.file, []byte("# comment\n"+c.line+"\n"))
		if len(s.Problems) != 1 || !strings.Contains(s.Problems[0].String(), c.want) {
			t.Errorf("%s %q: %v, want %q", c.file, c.line, s.Problems, c.want)
		}
	}
}

// TestSkips: what is not for us is counted, not reported.
func TestSkips(t *testing.T) {
	for file, line := range map[string]string{
		"a.hdb":  md5Digits + ":68:X:300",
		"a.ndb":  "X:0:*:4141:1:20",
		"a.ldb":  "X;Target:0,Engine:51-60;0;4141",
		"a.hsb":  md5Digits + ":68:PUA.X",
		"a.ndu":  "PUA.X:0:*:4141",
		"a.cbc":  "whatever",
		"a.yara": "rule",
	} {
		s := LoadText(Options{}, file, []byte(line))
		if len(s.Problems) != 0 || len(s.Skipped) != 1 || s.Skipped[0].Count != 1 {
			t.Errorf("%s: %v %v", file, s.Problems, s.Skipped)
		}
	}
}

// TestOneBadLine: what stands around it is read.
func TestOneBadLine(t *testing.T) {
	s := LoadText(Options{}, "a.ndb", []byte("A:0:*:4141\nB\nC:0:*:4141\r\n"))
	if len(s.Bodies) != 2 || s.Bodies[1].Line != 3 || len(s.Problems) != 1 || s.Problems[0].Line != 2 {
		t.Errorf("%v %v", s.Bodies, s.Problems)
	}
}
