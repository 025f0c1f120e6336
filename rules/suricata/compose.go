package suricata

import "strings"

// Piece is a part of a rule's text, and the place in a file that says it: for
// rules that are written in another form.
type Piece struct {
	Text         string
	Line, Column int // from 1, in characters
}

// Compose reads a rule that is made of pieces. What is wrong stands at the
// place of the piece that says it. A nil env is [DefaultEnv].
func Compose(file string, pieces []Piece, env *Env) (Signature, *Problem) {
	if env == nil {
		env = DefaultEnv()
	}
	var text strings.Builder
	var l line
	for _, p := range pieces {
		l.parts = append(l.parts, part{offset: text.Len(), number: p.Line, skip: p.Column - 1, fixed: true})
		text.WriteString(p.Text)
	}
	l.text = text.String()
	r := reader{file: file, env: env, addresses: newAddresses(env.Addresses), ports: newPorts(env.Ports), sides: map[string]Addresses{}}
	r.rule(&l)
	if len(r.problems) > 0 {
		return Signature{}, &r.problems[0]
	}
	return r.signatures[0], nil
}

// Quote returns bytes as the value of a content, quotes included.
func Quote(pattern []byte) string {
	var b strings.Builder
	b.WriteByte('"')
	hex := false
	for _, c := range pattern {
		plain := c > ' ' && c < 0x7f && strings.IndexByte(`|;:"\`, c) < 0
		if plain == hex {
			b.WriteByte('|')
			hex = !hex
		}
		if plain {
			b.WriteByte(c)
			continue
		}
		const digits = "0123456789abcdef"
		b.WriteByte(digits[c>>4])
		b.WriteByte(digits[c&15])
	}
	if hex {
		b.WriteByte('|')
	}
	return b.String() + `"`
}

// QuoteText returns a text as the value of msg, quotes included. Control
// characters become spaces.
func QuoteText(text string) string {
	var b strings.Builder
	for _, r := range text {
		if r < ' ' || r == 0x7f {
			r = ' '
		}
		if strings.ContainsRune(`;:"\`, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return `"` + b.String() + `"`
}

// QuoteRegexp returns an expression and flags as the value of pcre, quotes
// included. Ends of lines become escapes.
func QuoteRegexp(expression, flags string) string {
	var b strings.Builder
	for i := range len(expression) {
		switch c := expression[i]; {
		case c == '\n':
			b.WriteString(`\n`)
		case c == '\r':
			b.WriteString(`\r`)
		case c == ';' && (i == 0 || expression[i-1] != '\\'):
			b.WriteString(`\;`)
		default:
			b.WriteByte(c)
		}
	}
	return `"/` + b.String() + `/` + flags + `"`
}
