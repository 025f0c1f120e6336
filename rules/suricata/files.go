package suricata

import (
	"fmt"
	"strings"
)

// fileKeywords and their like compare a text as a whole or in part: they are
// read as a content of the buffer that holds it.
var fileKeywords = []keyword{
	{name: "filename", read: asContent("file.name", func(c *Content) { c.Nocase = true })},
	{name: "filemagic", read: asContent("file.magic", func(c *Content) { c.Nocase = true })},
	{name: "fileext", read: asContent("file.name", func(c *Content) {
		c.Nocase, c.EndsWith = true, true
		c.Pattern = append([]byte("."), c.Pattern...)
	})},
	{name: "tls.subject", read: asContent("tls.cert_subject", func(*Content) {})},
	{name: "tls.issuerdn", read: asContent("tls.cert_issuer", func(*Content) {})},
	{name: "tls.fingerprint", read: asContent("tls.cert_fingerprint", func(c *Content) {
		c.StartsWith, c.EndsWith = true, true
	})},
}

func asContent(buffer string, set func(*Content)) readFunc {
	return func(b *builder, o *option, k *keyword) error {
		value, negated := o.value, o.negated
		if !o.quoted {
			rest, not := strings.CutPrefix(value, "!")
			value, negated = strings.TrimSpace(rest), not
		}
		pattern, f := bytesOf(value, o.valueAt)
		if f != nil {
			return f
		}
		if len(pattern) == 0 {
			return fmt.Errorf("empty value: expected a text")
		}
		c := &Content{Pattern: pattern, Negated: negated}
		set(c)
		m := b.add(o, k)
		m.Keyword, m.Buffer, m.Content, m.Negated = "content", buffer, c, negated
		return nil
	}
}
