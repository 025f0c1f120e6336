package clamav

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// Bounds of what is read. The whole public database has about 9 million
// signatures in 600 MB.
const (
	maxBytes    = 2 << 30 // of all files, unpacked
	maxLine     = 1 << 16
	maxProblems = 10_000
	maxName     = 512
)

// fault is what is wrong with a field.
type fault struct{ field, reason string }

func (f *fault) Error() string { return f.field + ": " + f.reason }

func bad(field, format string, args ...any) *fault {
	return &fault{field, fmt.Sprintf(format, args...)}
}

// skip is a reason for which a line is left out that is no mistake.
type skip string

func (s skip) Error() string { return string(s) }

// reader reads the lines of one file.
type reader struct {
	set   *Set
	opts  *Options
	file  uint32
	line  uint32
	about string // the name of the signature that is read
	skips map[string]int
	order []string // of skips
}

// lines gives each line of a text to read.
func (r *reader) lines(text []byte, read func(line string) error) {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		text = rest
		r.line++
		line = bytes.TrimRight(line, "\r ")
		switch {
		case len(line) == 0 || line[0] == '#':
		case len(line) > maxLine:
			r.problem(bad("", "line of %d bytes: at most %d are read", len(line), maxLine))
		default:
			r.about = ""
			r.note(read(string(line)))
		}
	}
	for _, reason := range r.order {
		r.set.Skipped = append(r.set.Skipped, Skipped{r.name(), reason, r.skips[reason]})
	}
}

func (r *reader) note(err error) {
	switch e := err.(type) {
	case nil:
	case skip:
		r.skip(string(e))
	case *fault:
		r.problem(e)
	default:
		r.problem(bad("", "%v", e))
	}
}

func (r *reader) skip(reason string) {
	if r.skips == nil {
		r.skips = map[string]int{}
	}
	if r.skips[reason] == 0 {
		r.order = append(r.order, reason)
	}
	r.skips[reason]++
}

func (r *reader) name() string { return r.set.Files[r.file].Name }

func (r *reader) ref() Ref { return Ref{File: r.file, Line: r.line} }

// problem notes what is wrong with the line. Beyond a bound problems are only counted.
func (r *reader) problem(f *fault) {
	if len(r.set.Problems) >= maxProblems {
		r.skip("more problems than are listed")
		return
	}
	r.set.Problems = append(r.set.Problems, Problem{Pos{r.name(), int(r.line)}, r.about, f.field, f.reason})
}

// checkName says whether a text can be a signature's name.
func checkName(name string) *fault {
	if name == "" || len(name) > maxName {
		return bad("name", "%d bytes: expected 1 to %d", len(name), maxName)
	}
	for i := range len(name) {
		if name[i] < ' ' || name[i] == 0x7f {
			return bad("name", "control character at byte %d", i)
		}
	}
	return nil
}

// number reads a number without sign.
func number(field, text string, bits int) (uint64, *fault) {
	n, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		return 0, bad(field, "%.40q is not a number from 0 to 2^%d-1", text, bits)
	}
	return n, nil
}

// levels checks the engine levels of a signature; "" is none.
func levels(lowest, highest string) error {
	if lowest != "" {
		n, f := number("minimum level", lowest, 32)
		if f != nil {
			return f
		}
		if n > Level {
			return skip("for a later engine")
		}
	}
	if highest != "" {
		n, f := number("maximum level", highest, 32)
		if f != nil {
			return f
		}
		if n < Level {
			return skip("for an earlier engine")
		}
	}
	return nil
}

// isPUA says whether a name is that of a potentially unwanted application.
func isPUA(name string) bool { return strings.HasPrefix(name, "PUA.") }

func (r *reader) refusePUA(name string) error {
	if isPUA(name) && !r.opts.PUA {
		return skip(puaReason)
	}
	return nil
}

const puaReason = "potentially unwanted application: not asked for"
