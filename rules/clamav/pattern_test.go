package clamav

import (
	"reflect"
	"testing"
)

func TestPattern(t *testing.T) {
	p, f := pattern("4D5a??{2-8}(B)41(42|4?43)[3]50*51{-4}{2}52{7-}53")
	if f != nil {
		t.Fatal(f)
	}
	want := []Part{
		{Bytes: []byte{0x4d, 0x5a, 0}, Mask: []byte{0xff, 0xff, 0}},
		{Min: 2, Max: 8, Bytes: []byte{0x41}, Specials: []Special{{At: 0, Boundary: 'B'}, {At: 1, Alternatives: []Alternative{
			{Bytes: []byte{0x42}}, {Bytes: []byte{0x40, 0x43}, Mask: []byte{0xf0, 0xff}}}}}},
		{Min: 3, Max: 3, Bytes: []byte{0x50}},
		{Max: Forever, Bytes: []byte{0x51}},
		{Min: 2, Max: 6, Bytes: []byte{0x52}},
		{Min: 7, Max: Forever, Bytes: []byte{0x53}},
	}
	if !reflect.DeepEqual(p.Parts, want) {
		t.Errorf("got  %+v\nwant %+v", p.Parts, want)
	}
}

func TestOffset(t *testing.T) {
	for text, want := range map[string]Offset{
		"*":       {},
		"12":      {Base: Start, Delta: 12},
		"12,30":   {Base: Start, Delta: 12, Shift: 30},
		"EOF-7,2": {Base: End, Delta: 7, Shift: 2},
		"EP-3":    {Base: EntryPoint, Delta: -3},
		"EP+0,55": {Base: EntryPoint, Shift: 55},
		"S2+9":    {Base: Section, Delta: 9, Section: 2},
		"SL+9":    {Base: LastSection, Delta: 9},
		"SE4":     {Base: InSection, Section: 4},
		"VI":      {Base: VersionInfo},
	} {
		if got, f := offset(text); f != nil || got != want {
			t.Errorf("%s: %+v %v", text, got, f)
		}
	}
}

func TestExpression(t *testing.T) {
	is := func(n int) Expr { return Expr{Sub: n} }
	for text, want := range map[string]Expr{
		"0":     is(0),
		"0>2,1": {Sub: 0, Compare: More, N: 2, Distinct: 1},
		"0&1&2": {Op: And, Args: []Expr{is(0), is(1), is(2)}},
		"0&1|2": {Op: And, Args: []Expr{is(0), {Op: Or, Args: []Expr{is(1), is(2)}}}},
		"(0|1)>3,2&2=0": {Op: And, Args: []Expr{
			{Op: Or, Args: []Expr{is(0), is(1)}, Compare: More, N: 3, Distinct: 2}, {Sub: 2, Compare: Equal}}},
	} {
		if got, f := expression("x", text, 3); f != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v %v", text, got, f)
		}
	}
}

func TestSubsignatures(t *testing.T) {
	line := `X;Engine:51-255,Target:1,FileSize:10-20,NumberOfSections:3,Container:CL_TYPE_ZIP,Intermediates:CL_TYPE_ZIP>CL_TYPE_MAIL;0&1&2&3;EP+4,5:4142::iwaf;7:0&1/a:b\/c/gsi;0(>>26#he4#<200,>10);1(<<0x2#il4#=0xff)`
	s := LoadText(Options{}, "x.ldb", []byte(line))
	if len(s.Logical) != 1 {
		t.Fatal(s.Problems)
	}
	l := s.Logical[0]
	if l.Target != PE || l.FileSize != (Range{10, 20}) || l.Sections != (Range{3, 3}) || len(l.Intermediates) != 2 {
		t.Errorf("block %+v", l.Block)
	}
	if p := l.Subs[0]; p.Offset != (Offset{EntryPoint, 4, 5, 0}) || p.Pattern.Modifiers != (Modifiers{true, true, true, true}) {
		t.Errorf("pattern %+v", p)
	}
	if r := l.Subs[1].Regexp; r.Text != `a:b\/c` || r.Flags != "gsi" || l.Subs[1].Offset.Delta != 7 {
		t.Errorf("regexp %+v", r)
	}
	want := ByteCompare{0, 26, 'h', false, true, 4, []Comparison{{'<', 200}, {'>', 10}}}
	if got := *l.Subs[2].Bytes; !reflect.DeepEqual(got, want) {
		t.Errorf("comparison %+v", got)
	}
	if b := l.Subs[3].Bytes; b.Offset != -2 || !b.Little || b.Base != 'i' || b.Comparisons[0].Value != 255 {
		t.Errorf("comparison %+v", b)
	}
}
