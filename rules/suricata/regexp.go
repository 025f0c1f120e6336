package suricata

import (
	"fmt"
	"strings"
)

// regexpBuffers are the flags of pcre that name a buffer.
var regexpBuffers = map[byte]string{
	'U': "http.uri", 'I': "http.uri.raw", 'P': "http.request_body", 'Q': "http.response_body",
	'H': "http.header", 'D': "http.header.raw", 'M': "http.method", 'C': "http.cookie",
	'S': "http.stat_code", 'Y': "http.stat_msg", 'V': "http.user_agent", 'W': "http.host", 'Z': "http.host.raw",
}

// readRegexp reads pcre:"/expression/flags", with names of captures behind
// commas.
func readRegexp(b *builder, o *option, k *keyword) error {
	if !o.quoted && strings.HasPrefix(o.value, "!") {
		o.negated = true
		o.value, o.valueAt = o.value[1:], o.valueAt+1
	}
	end := strings.LastIndexByte(o.value, '/')
	if len(o.value) < 3 || o.value[0] != '/' || end < 2 {
		return fmt.Errorf(`bad value %q: expected pcre:"/expression/flags"`, short(o.value))
	}
	flags, captures, _ := strings.Cut(o.value[end+1:], ",")
	re := &Regexp{Pattern: o.value[1:end], Negated: o.negated, Captures: splitArgs(captures)}
	buffer, f := re.flags(strings.TrimSpace(flags), o.valueAt+end+1)
	if f != nil {
		return f
	}
	if old := b.sticky.buffer; buffer != "" && old != "" && old != buffer && !(old == "file.data" && buffer == "http.response_body") {
		return fmt.Errorf("flag for %s behind sticky buffer %s: expected one of both", buffer, b.sticky.buffer)
	}
	m := b.add(o, k)
	m.Regexp = re
	if buffer != "" && m.Buffer == "" {
		m.Buffer = buffer
	}
	return nil
}

// flags reads the letters behind the expression and returns the buffer that
// one of them names.
func (r *Regexp) flags(letters string, at int) (buffer string, f *fault) {
	for i := range len(letters) {
		name, ok := regexpBuffers[letters[i]]
		if ok && buffer != "" && buffer != name {
			return "", faultf(at+i, "flag %c for %s behind one for %s: expected one buffer", letters[i], name, buffer)
		}
		if ok {
			buffer = name
			continue
		}
		if !r.flag(letters[i]) {
			return "", faultf(at+i, "unknown flag %q: expected some of i s m x A B E G O R, or one of U I P Q H D M C S Y V W Z", letters[i:i+1])
		}
	}
	if buffer != "" && r.RawBytes {
		return "", faultf(at, "flag B with one for %s: expected one of both", buffer)
	}
	return buffer, nil
}

func (r *Regexp) flag(letter byte) bool {
	switch letter {
	case 'i':
		r.NoCase = true
	case 's':
		r.DotAll = true
	case 'm':
		r.Multi = true
	case 'x':
		r.Extended = true
	case 'A':
		r.Anchored = true
	case 'B':
		r.RawBytes = true
	case 'E':
		r.DollarE = true
	case 'G':
		r.Ungreedy = true
	case 'R':
		r.Relative = true
	case 'O': // asks for no limit of steps; ours stays
	default:
		return false
	}
	return true
}
