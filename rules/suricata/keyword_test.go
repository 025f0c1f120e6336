package suricata

import (
	"net/netip"
	"os"
	"reflect"
	"testing"
)

// one reads options as one rule.
func one(t *testing.T, options string) Signature {
	t.Helper()
	list, problems := Parse("one.rules", []byte("alert tcp any any -> any any ("+options+" sid:1;)"), nil)
	if len(problems) > 0 || len(list) != 1 {
		t.Fatalf("%s: %v", options, problems)
	}
	return list[0]
}

func TestSample(t *testing.T) {
	text, err := os.ReadFile("testdata/sample.rules")
	if err != nil {
		t.Fatal(err)
	}
	list, problems := Parse("sample.rules", text, nil)
	if len(problems) > 0 || len(list) != 7 {
		t.Errorf("%d rules, %v", len(list), problems)
	}
}

func n(v int64) Value { return Value{N: v, Set: true} }

func name(s string) Value { return Value{Name: s, Set: true} }

// TestContentMatch reads one condition on bytes each.
func TestContentMatch(t *testing.T) {
	const extract = "byte_extract:1,0,len; "
	checkMatches(t, map[string]Match{
		`content:!"a|0d 0A|\;\"";`: {Content: &Content{Pattern: []byte("a\r\n;\""), Negated: true}, Negated: true},
		`content:"ab"; offset:1; depth:2; nocase; rawbytes;`: {Content: &Content{
			Pattern: []byte("ab"), Offset: n(1), Depth: n(2), Nocase: true, RawBytes: true}},
		extract + `content:"ab"; distance:-1; within:len;`: {Content: &Content{Pattern: []byte("ab"), Distance: n(-1), Within: name("len")}},
		`content:"abc"; fast_pattern:1,2;`:                 {Content: &Content{Pattern: []byte("abc"), FastPattern: true, ChopOffset: 1, ChopLength: 2}},
		`content:"abc"; fast_pattern:only;`:                {Content: &Content{Pattern: []byte("abc"), FastPattern: true, FastPatternOnly: true}},
		`content:"a"; http_header;`:                        {Buffer: "http.header", Content: &Content{Pattern: []byte("a")}},
		`uricontent:"a";`:                                  {Buffer: "http.uri", Content: &Content{Pattern: []byte("a")}},
		`dns_query; content:"a"; startswith; endswith;`: {Buffer: "dns.query", Use: 1, Content: &Content{
			Pattern: []byte("a"), StartsWith: true, EndsWith: true}},
		`file_data; content:"a"; pkt_data; content:"b";`: {Content: &Content{Pattern: []byte("b")}},
		`http.uri; dotprefix; pcrexform:"a(b)"; content:"a";`: {Buffer: "http.uri", Use: 1, Content: &Content{Pattern: []byte("a")},
			Transforms: []Transform{{"dotprefix", ""}, {"pcrexform", "a(b)"}}},
		`frame:http1.request; content:"a";`: {Buffer: "frame:http1.request", Use: 1, Content: &Content{Pattern: []byte("a")}},
		`fileext:"exe";`:                    {Buffer: "file.name", Content: &Content{Pattern: []byte(".exe"), Nocase: true, EndsWith: true}},
		`tls.fingerprint:!"aa:bb";`:         {Buffer: "tls.cert_fingerprint", Content: &Content{Pattern: []byte("aa:bb"), Negated: true, StartsWith: true, EndsWith: true}, Negated: true},
		`pcre:!"/a\/b/RiU";`:                {Buffer: "http.uri", Regexp: &Regexp{Pattern: `a\/b`, Negated: true, Relative: true, NoCase: true}, Negated: true},
		`pcre:"/(a)/s, flow:x, pkt:y";`:     {Regexp: &Regexp{Pattern: "(a)", DotAll: true, Captures: []string{"flow:x", "pkt:y"}}},
		`byte_test:4,!>,0x10,-2,relative,little,bitmask 0xf0;`: {ByteTest: &ByteTest{
			Bytes: n(4), Negated: true, Op: Greater, Value: n(16), Offset: n(-2), Relative: true, Bitmask: 0xf0, Encoding: Encoding{Little: true}}},
		`byte_test:0,=,5,0,string,hex;`: {ByteTest: &ByteTest{
			Bytes: n(0), Op: Equal, Value: n(5), Offset: n(0), Encoding: Encoding{String: true, Base: 16}}},
		`byte_jump:4,12,relative,multiplier 3,from_beginning,post_offset -4,align,dce;`: {ByteJump: &ByteJump{
			Bytes: n(4), Offset: n(12), Relative: true, Multiplier: 3, FromBegin: true, PostOffset: n(-4), Align: true, Encoding: Encoding{DCE: true}}},
		`byte_extract:2,4,size,relative,align 4;`: {ByteMath: &ByteMath{
			Bytes: n(2), Offset: n(4), Result: "size", Relative: true, Multiplier: 1, Align: 4}},
		extract + `byte_math:bytes 4, offset 0, oper <<, rvalue len, result sum, endian little;`: {ByteMath: &ByteMath{
			Bytes: n(4), Offset: n(0), Oper: '<', RValue: name("len"), Result: "sum", Multiplier: 1, Encoding: Encoding{Little: true}}},
	})
}

// TestOtherMatch reads one condition on packets, flows and state each.
func TestOtherMatch(t *testing.T) {
	checkMatches(t, map[string]Match{
		`isdataat:!10,relative;`: {DataAt: &DataAt{At: n(10), Negated: true, Relative: true}},
		`flow:from_client,established,no_stream;`: {Flow: &Flow{ToServer: true, Established: true, NoStream: true},
			Args: []string{"from_client", "established", "no_stream"}},
		`flowbits:isnotset,a|b;`:             {Bits: &Bits{Op: BitIsNotSet, Names: []string{"a", "b"}}, Args: []string{"isnotset", "a|b"}},
		`xbits:set,a,track ip_src,expire 9;`: {Bits: &Bits{Op: BitSet, Names: []string{"a"}, Track: "ip_src", Expire: 9}, Args: []string{"set", "a", "track ip_src", "expire 9"}},
		`hostbits:toggle,a;`:                 {Bits: &Bits{Op: BitToggle, Names: []string{"a"}, Track: "src"}, Args: []string{"toggle", "a"}},
		`flowint:a,notset;`:                  {Int: &Int{Name: "a", Op: "notset"}, Args: []string{"a", "notset"}},
		`flowint:a,+,b;`:                     {Int: &Int{Name: "a", Op: "+", Value: name("b")}, Args: []string{"a", "+", "b"}},
		`flags:S,12;`:                        {Flags: &TCPFlags{Flags: 2, Ignore: 0xc0}},
		`flags:!FA;`:                         {Flags: &TCPFlags{Flags: 0x11, Op: '!'}},
		`fragbits:D+;`:                       {FragBits: &FragBits{Bits: 2, Op: '+'}},
		`threshold:type both, track by_dst, count 2, seconds 9;`: {Filter: &Threshold{Kind: Both, Track: "by_dst", Count: 2, Seconds: 9},
			Args: []string{"type both", "track by_dst", "count 2", "seconds 9"}},
		`iprep:src,bad,>,30;`:             {IPRep: &IPRep{Side: "src", Category: "bad", Op: Greater, Value: 30}, Args: []string{"src", "bad", ">", "30"}},
		`app-layer-protocol:!http,final;`: {Args: []string{"http", "final"}, Negated: true},
		`segment.src:web,db;`:             {Args: []string{"web", "db"}},
		`vtep.dst:!10.0.0.0/8;`: {Args: []string{"10.0.0.0/8"}, Negated: true, Addresses: &Addresses{In: []Range{
			{netip.MustParseAddr("10.0.0.0"), netip.MustParseAddr("10.255.255.255")}}}},
		`sameip;`: {},
		`dns.query; dataset:isset,d,type string,load x;`: {Buffer: "dns.query", Use: 1, Dataset: &Dataset{Op: "isset", Name: "d", Type: "string", Load: "x"},
			Args: []string{"isset", "d", "type string", "load x"}},
	})
}

// checkMatches compares the last condition of options, wherever it stands.
func checkMatches(t *testing.T, wanted map[string]Match) {
	t.Helper()
	for options, want := range wanted {
		s := one(t, options)
		got := s.Matches[len(s.Matches)-1]
		got.Keyword, got.Column = "", 0
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s\ngot  %+v\nwant %+v", options, got, want)
		}
	}
}

// TestNumber reads comparisons; ends of ranges are left out as in Suricata.
func TestNumber(t *testing.T) {
	for text, want := range map[string]Number{
		"ttl:5": {Op: Equal, A: 5}, "ttl:=5": {Op: Equal, A: 5}, "ttl:!5": {Op: NotEqual, A: 5}, "ttl:!=5": {Op: NotEqual, A: 5},
		"ttl:<5": {Op: Less, A: 5}, "ttl:>5": {Op: Greater, A: 5}, "ttl:<=5": {Op: LessEqual, A: 5}, "ttl: >= 5": {Op: GreaterEqual, A: 5},
		"ttl:5-9": {Op: Between, A: 6, B: 8}, "dsize:5<>9": {Op: Between, A: 6, B: 8}, "ttl:!5-9": {Op: NotBetween, A: 6, B: 8},
		"ttl:0x10": {Op: Equal, A: 16}, "ttl:&0x0f": {Op: BitAnd, A: 15}, "ttl:!&3": {Op: NotBitAnd, A: 3},
		"ttl:&3=1": {Op: AllBits, A: 3, B: 1}, "ttl:&3!=1": {Op: NotAllBits, A: 3, B: 1},
		"urilen:9,norm": {Op: Equal, A: 9, Norm: true}, "filesize:>2KiB": {Op: Greater, A: 2048},
		"ip_proto:!udp": {Op: NotEqual, A: 17}, "ip_proto:UDP": {Op: Equal, A: 17}, "flow.bytes:toserver,>9": {Op: Greater, A: 9},
		`icmp_id:"300"`: {Op: Equal, A: 300}, "vxlan.vni:7001": {Op: Equal, A: 7001}, "vxlan.group:>1": {Op: Greater, A: 1},
		"dns.rrtype:AAAA": {Op: Equal, A: 28},
	} {
		if got := one(t, text+";").Matches[0].Number; *got != want {
			t.Errorf("%s: got %+v, want %+v", text, *got, want)
		}
	}
}

// TestMeta reads what is no condition.
func TestMeta(t *testing.T) {
	s := one(t, `msg:"a\: \"b\"\; c"; classtype:trojan-activity; reference:url,a.b/c; metadata:k v w, x, y z; `+
		`target:dest_ip; tag:host,5,seconds,src; flowbits:noalert; rev:7; gid:3;`)
	if s.Msg != `a: "b"; c` || s.Priority != 1 || s.Rev != 7 || s.GID != 3 || s.SID != 1 || !s.NoAlert || s.Target != DstTarget {
		t.Errorf("%+v", s)
	}
	if want := []Pair{{"k", "v w"}, {"x", ""}, {"y", "z"}}; !reflect.DeepEqual(s.Metadata, want) {
		t.Errorf("metadata %v", s.Metadata)
	}
	if want := []Tag{{Host: true, Count: 5, Metric: "seconds", Direction: "src"}}; !reflect.DeepEqual(s.Tags, want) {
		t.Errorf("tags %v", s.Tags)
	}
	if want := []Reference{{"url", "a.b/c"}}; !reflect.DeepEqual(s.References, want) {
		t.Errorf("references %v", s.References)
	}
	if p := one(t, "classtype:new-class;").Priority; p != 3 {
		t.Errorf("priority of a class nobody knows: %d", p)
	}
}

// TestUse tells one value of a buffer from another.
func TestUse(t *testing.T) {
	s := one(t, `dns.query; content:"a"; content:"b"; dns.query; content:"c"; to_md5; content:"d"; content:"e"; http.uri:to_server; content:"f";`)
	var uses []int
	for _, m := range s.Matches {
		uses = append(uses, m.Use)
	}
	if want := []int{1, 1, 2, 3, 3, 4}; !reflect.DeepEqual(uses, want) {
		t.Errorf("uses %v", uses)
	}
	if s.Matches[2].Transforms != nil || len(s.Matches[3].Transforms) != 1 || s.Matches[5].Side != "to_server" {
		t.Errorf("matches %+v", s.Matches)
	}
}
