package stream

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// A script is a conversation, a segment a line:
//
//	DIR FLAGS SEQ[,ACK] ["PAYLOAD"] [w=N] [ts=N] [ecr=N] [urg=N] [scale=N] [tfo] [ro] [bad] [at=SECONDS] [=> EXPECTED ...]
//
// DIR is > (initiator) or <. Expected are, in any order: drop, reject (else it passes), the
// cause's name, wire "…" (payload as rewritten), data "…" (fresh bytes of the segment's direction), back "…" (of the
// other), gap=N (before them), end, backend (end of the other direction), stop, restart, clear, unseen=N, and names of events. Data, back and wire that are not named must not be.
// Events must be exactly those named if one is named or "quiet" is.
type step struct {
	text     string
	in       Segment
	expected []string
}

// words splits at blanks, but not within quotes.
func words(line string) []string {
	quoted := false
	return strings.FieldsFunc(line, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ' ' && !quoted
	})
}

func parseStep(line string) (step, error) {
	s := step{text: line}
	left, right, _ := strings.Cut(line, "=>")
	s.expected = words(right)
	fields := words(left)
	if len(fields) < 3 {
		return s, fmt.Errorf("parse step: too short: %s", line)
	}
	if fields[0] == "<" {
		s.in.Dir = ToInitiator
	}
	for _, f := range fields[1] {
		s.in.Flags |= 1 << strings.IndexRune("FSRPAU", f)
	}
	seq, ack, _ := strings.Cut(fields[2], ",")
	s.in.Seq, s.in.Ack = number(seq), number(ack)
	s.in.Window = 65535
	for _, f := range fields[3:] {
		s.set(f)
	}
	return s, nil
}

func number(s string) uint32 {
	n, _ := strconv.ParseUint(s, 10, 32)
	return uint32(n)
}

func (s *step) set(f string) {
	key, v, _ := strings.Cut(f, "=")
	switch {
	case f[0] == '"':
		p, _ := strconv.Unquote(f)
		s.in.Payload = []byte(p)
	case key == "w":
		s.in.Window = uint16(number(v))
	case key == "ts":
		s.in.TSVal, s.in.HasTS = number(v), true
	case key == "urg":
		s.in.Urgent = uint16(number(v))
	case key == "ecr":
		s.in.TSEcr = number(v)
	case key == "scale":
		s.in.Scale, s.in.HasScale = uint8(number(v)), true
	case key == "at":
		s.in.Now = int64(number(v)) * 1e9
	case key == "tfo":
		s.in.FastOpen = true
	case key == "bad":
		s.in.BadChecksum = true
	case key == "ro":
		s.in.ReadOnly = true
	}
}

// outcome tells a result in the words of a script.
func outcome(c Conn, in *Segment, sent string, r *Result) []string {
	var out []string
	say := func(when bool, word string) {
		if when {
			out = append(out, word)
		}
	}
	say(r.Verdict == Drop, "drop")
	say(r.Verdict == Reject, "reject")
	say(r.Cause != CauseNone, r.Cause.String())
	say(r.Rewritten, "wire "+strconv.Quote(string(in.Payload)))
	say(!r.Rewritten && sent != string(in.Payload), "CHANGED")
	for _, d := range []uint8{in.Dir, 1 - in.Dir} {
		word := map[bool]string{true: "data ", false: "back "}[d == in.Dir]
		for more := r.Fresh&(1<<d) != 0; more; more = c.Consumed(d) {
			data, _, fresh, gap := c.Window(d)
			say(gap > 0, fmt.Sprintf("gap=%d", gap))
			out = append(out, word+strconv.Quote(string(data[fresh:])))
		}
	}
	say(r.End&(1<<in.Dir) != 0, "end")
	say(r.End&(2>>in.Dir) != 0, "backend")
	say(r.Stopped != 0, "stop")
	say(r.Restarted, "restart")
	say(r.ClearUrgent, "clear")
	say(r.Uninspected > 0, fmt.Sprintf("unseen=%d", r.Uninspected))
	return out
}

// expectedWords joins data, back and wire with what follows them, and takes events out.
func expectedWords(fields []string) (out, events []string, quiet bool) {
	for i := 0; i < len(fields); i++ {
		f := fields[i]
		switch _, isEvent := ParseEvent(f); {
		case f == "quiet":
			quiet = true
		case isEvent:
			events = append(events, f)
		case f == "data" || f == "back" || f == "wire":
			i++
			out = append(out, f+" "+fields[i])
		default:
			out = append(out, f)
		}
	}
	return out, events, quiet || len(events) > 0
}

func eventNamesOf(s *EventSet) []string {
	var out []string
	for e, ok := s.Next(0); ok; e, ok = s.Next(e + 1) {
		out = append(out, e.String())
	}
	return out
}

// play runs a script.
func play(t *testing.T, cfg PoolConfig, script string) (*Pool, Conn) {
	t.Helper()
	p := NewPool(cfg)
	c := p.Open()
	for line := range strings.Lines(script) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		s, err := parseStep(line)
		if err != nil {
			t.Fatal(err)
		}
		sent := string(s.in.Payload)
		r := c.Segment(&s.in)
		got := outcome(c, &s.in, sent, &r)
		want, events, exact := expectedWords(s.expected)
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s\n  got  %v %v\n  want %v", line, got, eventNamesOf(&r.Events), want)
		}
		if have := eventNamesOf(&r.Events); exact {
			slices.Sort(have)
			slices.Sort(events)
			if !slices.Equal(have, events) {
				t.Errorf("%s\n  got  %v\n  want %v", line, have, events)
			}
		}
	}
	return p, c
}
