package chain

import (
	"strings"
	"testing"

	"vxwall/rules/suricata"
)

// compile reads conditions as a rule file has them.
func compile(t testing.TB, options string) *Chain {
	t.Helper()
	sigs, problems := suricata.Parse("test", []byte("alert tcp any any -> any any ("+options+" sid:1;)\n"), nil)
	if len(problems) > 0 {
		t.Fatalf("%s: %v", options, problems)
	}
	var list, inner []Condition
	for i := range sigs[0].Matches {
		m := &sigs[0].Matches[i]
		if m.Buffer == "base64_data" {
			inner = append(inner, Condition{i, m})
			continue
		}
		list = append(list, Condition{i, m})
	}
	var c Compiler
	chain, err := c.Compile(list, inner)
	if err != nil {
		t.Fatalf("%s: %v", options, err)
	}
	return chain
}

func TestMatch(t *testing.T) {
	for _, test := range []struct {
		options, data string
		want          bool
	}{
		{`content:"abc";`, "xxabc", true},
		{`content:"ABC";`, "xxabc", false},
		{`content:"ABC"; nocase;`, "xxabc", true},
		{`content:!"abc";`, "xxabc", false},
		{`content:!"abd";`, "xxabc", true},
		{`content:"b"; offset:2;`, "abcb", true},
		{`content:"b"; offset:2;`, "abc", false},
		{`content:"b"; depth:1;`, "abc", false},
		{`content:"b"; offset:1; depth:1;`, "abc", true},
		{`content:"bc"; offset:1; depth:2;`, "aabc", false},
		{`content:"a"; startswith;`, "ba", false},
		{`content:"a"; startswith;`, "ab", true},
		{`content:"b"; endswith;`, "bab", true},
		{`content:"b"; endswith;`, "ba", false},
		{`content:"a"; content:"b"; distance:1; within:1;`, "ab axb", true},
		{`content:"a"; content:"b"; distance:1; within:1;`, "ab axxb", false},
		{`content:"a"; content:"b"; distance:0; within:1; content:"c"; distance:0; within:1;`, "ab abb abc", true},
		{`content:"a"; content:!"b"; distance:0; within:1;`, "ab ac", true},
		{`content:"a"; content:!"b"; distance:0; within:1;`, "ab ab", false},
		{`content:"b"; content:"a"; distance:-2; within:1;`, "ab", true},
		{`content:"a"; content:"b"; distance:0; endswith;`, "abxab", true},
		{`content:"a"; pcre:"/^b/R";`, "ac ab", true},
		{`content:"a"; pcre:"/^b/R";`, "ac cb", false},
		{`pcre:"/a(.)/"; content:"c"; distance:0; within:1;`, "abd abc", true},
		{`pcre:!"/a.c/";`, "abd", true},
		{`pcre:!"/a.c/";`, "abc", false},
		{`content:"a"; isdataat:2,relative;`, "abc", true},
		{`content:"a"; isdataat:3,relative;`, "abc", false},
		{`content:"a"; isdataat:!1,relative;`, "aba", true},
		{`isdataat:2;`, "abc", true},
		{`isdataat:3;`, "abc", false},
		{`isdataat:!3;`, "abc", true},
		{`byte_test:2,=,0x6162,0;`, "abc", true},
		{`byte_test:2,>,0x6162,0;`, "abc", false},
		{`byte_test:2,!=,0x6162,1;`, "abc", true},
		{`content:"a"; byte_test:2,=,0x6362,0,relative,little;`, "abc", true},
		{`byte_test:3,=,123,1,string,dec;`, "x123", true},
		{`byte_test:2,=,255,0,string,hex;`, "ff", true},
		{`byte_test:0,=,123,1,string,dec;`, "x123y", true},
		{`byte_test:1,&,1,0;`, "a", true},
		{`byte_test:4,=,1,0;`, "abc", false},
		{`byte_jump:1,0; content:"x"; distance:0; within:1;`, "\x02abx", true},
		{`byte_jump:1,0; content:"x"; distance:0; within:1;`, "\x02axb", false},
		{`byte_jump:1,0,from_beginning; content:"a"; distance:0; within:1;`, "\x01a", true},
		{`byte_jump:1,0,align; content:"x"; distance:0; within:1;`, "\x03abcdx", true},
		{`byte_jump:1,0,multiplier 2,post_offset -1; content:"x"; distance:0; within:1;`, "\x02abcx", true},
		{`byte_extract:1,0,n; content:"x"; offset:n; depth:1;`, "\x03abx", true},
		{`byte_extract:1,0,n; content:"x"; offset:n; depth:1;`, "\x02abx", false},
		{`byte_extract:1,0,n; byte_test:1,=,n,1;`, "aa", true},
		{`byte_extract:1,0,n; byte_test:1,=,n,1;`, "ab", false},
		{`byte_math:bytes 1,offset 0,oper +,rvalue 2,result n; byte_test:1,=,n,1;`, "ac", true},
		{`byte_math:bytes 1,offset 0,oper *,rvalue 2,result n; isdataat:!n;`, "\x02abc", true},
		{`base64_decode:bytes 8,offset 0; base64_data; content:"hello";`, "aGVsbG8=", true},
		{`content:"x"; base64_decode:relative; base64_data; content:"hello"; startswith;`, "xaGVsbG8", true},
		{`base64_decode; base64_data; content:"other";`, "aGVsbG8=", false},
		{`content:"a"; content:"b"; content:"c"; distance:0;`, "b c a", true},
	} {
		var x Exam
		if got := compile(t, test.options).Match(&x, View{Data: []byte(test.data)}) == Matched; got != test.want {
			t.Errorf("%s in %q: %v, at %d", test.options, test.data, got, x.Link)
		}
	}
}

// In a window on a stream, places count from its beginning, and a match ends in what is new.
func TestWindow(t *testing.T) {
	for _, test := range []struct {
		options string
		view    View
		want    Outcome
	}{
		{`content:"b"; depth:2;`, View{Data: []byte("ab")}, Matched},
		{`content:"b"; depth:2;`, View{Data: []byte("ab"), Base: 1}, Failed},
		{`content:"b"; offset:2;`, View{Data: []byte("ab"), Base: 1}, Matched},
		{`content:"ab";`, View{Data: []byte("abxx"), Fresh: 2}, Failed},
		{`content:"ab";`, View{Data: []byte("abab"), Fresh: 2}, Matched},
		{`content:"ab";`, View{Data: []byte("abxx"), Fresh: 1}, Matched},
		{`content:"a"; content:"b";`, View{Data: []byte("ab"), Fresh: 1}, Matched},
		{`content:"ab"; content:"x"; distance:0;`, View{Data: []byte("abxx"), Fresh: 3}, Matched},
		{`content:"ab";`, View{Data: []byte("a"), Open: true}, Waits},
	} {
		var x Exam
		if got := compile(t, test.options).Match(&x, test.view); got != test.want {
			t.Errorf("%s in %+v: %v", test.options, test.view, got)
		}
	}
}

func TestFailedCondition(t *testing.T) {
	var x Exam
	c := compile(t, `content:"a"; content:"b"; distance:0; content:"c";`)
	for data, want := range map[string]int{"xyz": 0, "bca": 1, "ab": 2} {
		if c.Match(&x, View{Data: []byte(data)}) != Failed || x.Link != want {
			t.Errorf("%s: failed at %d, want %d", data, x.Link, want)
		}
	}
}

func TestHostile(t *testing.T) {
	var x Exam
	c := compile(t, `content:"a"; content:"a"; distance:0; content:"a"; distance:0; content:"a"; distance:0; content:"b"; distance:0;`)
	if got := c.Match(&x, View{Data: []byte(strings.Repeat("a", 5000))}); got != Failed || x.Exhausted != 1 {
		t.Errorf("%v, %d exhausted", got, x.Exhausted)
	}
}

func TestNothingAllocates(t *testing.T) {
	var x Exam
	c := compile(t, `content:"a"; nocase; pcre:"/^(b|c)+/R"; byte_test:1,>,0,0; isdataat:!1; base64_decode:bytes 4; base64_data; content:"i";`)
	v := View{Data: []byte("abcb")}
	c.Match(&x, v)
	if n := testing.AllocsPerRun(100, func() { c.Match(&x, v) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestEntropy(t *testing.T) {
	for text, want := range map[string]float64{"aaaa": 0, "abab": 1, "abcd": 2} {
		if got := Entropy([]byte(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}
