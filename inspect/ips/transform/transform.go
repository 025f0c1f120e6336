// Package transform has the transforms of the rule language, which change a
// buffer before signatures look into it.
//
// A [List] is immutable; what it makes is in a [Scratch] of its caller's, which
// grows up to MaxOutput and is used again.
package transform

import (
	"fmt"
	"strings"

	"vxwall/inspect/regex"
	"vxwall/rules/suricata"
)

// MaxOutput bounds what a transform may make of a buffer.
const MaxOutput = 1 << 20

// List is transforms that are applied one after the other.
type List struct{ steps []step }

// step appends to dst what it makes of src.
type step interface {
	apply(dst, src []byte, s *Scratch) []byte
}

// Scratch is the memory of transforms. The zero value is ready; it belongs to one goroutine.
type Scratch struct {
	out, in  []byte
	machine  regex.Machine
	inflater inflater
}

// plain is a step that needs no memory.
type plain func(dst, src []byte) []byte

func (p plain) apply(dst, src []byte, _ *Scratch) []byte { return p(dst, src) }

var plains = map[string]plain{
	"to_lowercase": lowercase, "to_uppercase": uppercase, "strip_whitespace": stripSpace, "compress_whitespace": compressSpace,
	"to_md5": toMD5, "to_sha1": toSHA1, "to_sha256": toSHA256, "dotprefix": dotPrefix, "url_decode": urlDecode,
	"header_lowercase": headerLowercase, "strip_pseudo_headers": stripPseudo, "domain": domain, "tld": tld,
}

// Compile makes a list of transforms as rules have them.
func Compile(list []suricata.Transform) (*List, error) {
	l := &List{}
	for _, t := range list {
		s, err := newStep(t.Name, strings.TrimSpace(t.Arg))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		l.steps = append(l.steps, s)
	}
	return l, nil
}

func newStep(name, arg string) (step, error) {
	if p, ok := plains[name]; ok {
		return p, nil
	}
	switch name {
	case "xor":
		return newXOR(arg)
	case "pcrexform":
		re, err := regex.Compile(slashes(arg))
		return &expression{re}, err
	case "from_base64":
		return newBase64(arg)
	case "gunzip", "zlib_deflate":
		return newInflate(arg)
	case "subslice":
		return newSlice(arg)
	}
	return nil, fmt.Errorf("not supported")
}

// slashes reads an expression that may stand in slashes, with flags behind.
func slashes(arg string) (pattern string, f regex.Flags) {
	end := strings.LastIndexByte(arg, '/')
	if len(arg) < 2 || arg[0] != '/' || end == 0 {
		return arg, f
	}
	flags := arg[end+1:]
	f.NoCase, f.DotAll, f.Multi = strings.Contains(flags, "i"), strings.Contains(flags, "s"), strings.Contains(flags, "m")
	return arg[1:end], f
}

// Apply returns what the list makes of data: borrowed from s until its next use.
func (l *List) Apply(data []byte, s *Scratch) []byte {
	for i, step := range l.steps {
		s.out = step.apply(s.out[:0], data, s)
		if i < len(l.steps)-1 {
			s.in, s.out = s.out, s.in
			data = s.in
		}
	}
	return s.out
}

// expression is pcrexform: what the first group matches, or nothing.
type expression struct{ re *regex.Regexp }

func (e *expression) apply(dst, src []byte, s *Scratch) []byte {
	if !e.re.Match(src, 0, &s.machine) {
		return dst
	}
	n := min(1, e.re.Groups())
	begin, end, ok := s.machine.Group(n)
	if !ok {
		return dst
	}
	return append(dst, src[begin:end]...)
}
