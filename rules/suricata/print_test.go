package suricata

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// printer writes a signature in the language again, from its values alone.
type printer struct {
	strings.Builder
	sticky bool
	use    int
}

func printSignature(s *Signature) string {
	var p printer
	direction := map[bool]string{false: "->", true: "<>"}[s.Bidirectional]
	if s.Transaction {
		direction = "=>"
	}
	fmt.Fprintf(&p, "%s %s %s %s %s %s %s (", wordOf(actions, s.Action), s.Protocol,
		addressText(s.Src), portText(s.SrcPort), direction, addressText(s.Dst), portText(s.DstPort))
	if s.Msg != "" {
		p.option("msg", escape(s.Msg))
	}
	for i := range s.Matches {
		p.match(&s.Matches[i])
	}
	p.meta(s)
	return p.String() + ")"
}

func wordOf[T comparable](words map[string]T, v T) string {
	for _, w := range slices.Sorted(maps.Keys(words)) {
		if words[w] == v {
			return w
		}
	}
	return "?"
}

func (p *printer) option(keyword, value string) { fmt.Fprintf(p, `%s:"%s"; `, keyword, value) }

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, `;`, `\;`, `"`, `\"`, `:`, `\:`).Replace(text)
}

func addressText(a Addresses) string {
	if a.Any() {
		return "any"
	}
	var list []string
	for _, r := range a.In {
		list = append(list, r.First.String()+"-"+r.Last.String())
	}
	return "[" + strings.Join(list, ",") + "]"
}

func portText(a Ports) string {
	if a.Any() {
		return "any"
	}
	var list []string
	for _, r := range a.In {
		list = append(list, fmt.Sprintf("%d:%d", r.First, r.Last))
	}
	return "[" + strings.Join(list, ",") + "]"
}

func (p *printer) meta(s *Signature) {
	for _, t := range s.Tags {
		text := fmt.Sprintf("session,%d,%s", t.Count, t.Metric)
		if t.Host {
			text = fmt.Sprintf("host,%d,%s,%s", t.Count, t.Metric, t.Direction)
		}
		p.option("tag", text)
	}
	for _, r := range s.References {
		p.option("reference", r.Type+","+escape(r.Value))
	}
	var entries []string
	for _, m := range s.Metadata {
		entries = append(entries, m.Key+" "+m.Value)
	}
	if entries != nil {
		p.option("metadata", strings.Join(entries, ","))
	}
	if s.Classtype != "" {
		p.option("classtype", s.Classtype)
	}
	if s.Target != NoTarget {
		p.option("target", map[Target]string{SrcTarget: "src_ip", DstTarget: "dest_ip"}[s.Target])
	}
	if s.AlertToo {
		p.WriteString("alert; ")
	}
	if s.NoAlert {
		p.WriteString("noalert; ")
	}
	fmt.Fprintf(p, "priority:%d; gid:%d; sid:%d; rev:%d;", s.Priority, s.GID, s.SID, s.Rev)
}

// match writes the sticky buffer, if it changes, and the condition.
func (p *printer) match(m *Match) {
	buffered := m.Content != nil || m.Regexp != nil || keywords[m.Keyword].buffered
	if m.Use != p.use && m.Use != 0 {
		p.buffer(m)
	} else if m.Use == 0 && p.sticky && buffered && special(m) == "" {
		p.WriteString("pkt_data; ")
		p.sticky, p.use = false, 0
	}
	switch {
	case m.Content != nil:
		p.content(m)
	case m.Regexp != nil:
		p.regexp(m)
	default:
		p.other(m)
	}
	if m.Prefilter {
		p.WriteString("prefilter; ")
	}
}

func (p *printer) buffer(m *Match) {
	p.sticky, p.use = true, m.Use
	name, value, _ := strings.Cut(m.Buffer, ":")
	switch {
	case name == "frame":
		p.option(name, value)
	case m.Side != "":
		p.option(name, m.Side)
	default:
		p.WriteString(name + "; ")
	}
	for _, t := range m.Transforms {
		if t.Arg == "" {
			p.WriteString(t.Name + "; ")
			continue
		}
		p.option(t.Name, t.Arg)
	}
}

// special is the keyword of a content that is no content as written.
func special(m *Match) string {
	if m.Use != 0 || m.Content == nil {
		return ""
	}
	if m.Buffer == "file.name" && m.Content.EndsWith {
		return "fileext"
	}
	return map[string]string{
		"file.name": "filename", "file.magic": "filemagic", "tls.cert_subject": "tls.subject",
		"tls.cert_issuer": "tls.issuerdn", "tls.cert_fingerprint": "tls.fingerprint",
	}[m.Buffer]
}

func (p *printer) content(m *Match) {
	c, keyword, not := m.Content, "content", ""
	if c.Negated {
		not = "!"
	}
	pattern := c.Pattern
	if keyword = special(m); keyword == "fileext" {
		pattern = pattern[1:]
	}
	if keyword != "" {
		fmt.Fprintf(p, "%s:%s%s; ", keyword, not, Quote(pattern))
		return
	}
	fmt.Fprintf(p, "content:%s%s; ", not, Quote(pattern))
	if m.Buffer != "" && m.Use == 0 {
		p.WriteString(wordOf(oldModifiers, m.Buffer) + "; ")
	}
	for word, on := range map[string]bool{"nocase": c.Nocase, "startswith": c.StartsWith, "endswith": c.EndsWith, "rawbytes": c.RawBytes} {
		if on {
			p.WriteString(word + "; ")
		}
	}
	for word, v := range map[string]Value{"offset": c.Offset, "depth": c.Depth, "distance": c.Distance, "within": c.Within} {
		if v.Set {
			p.option(word, valueText(v))
		}
	}
	switch {
	case c.FastPatternOnly:
		p.WriteString("fast_pattern:only; ")
	case c.ChopLength > 0:
		fmt.Fprintf(p, "fast_pattern:%d,%d; ", c.ChopOffset, c.ChopLength)
	case c.FastPattern:
		p.WriteString("fast_pattern; ")
	}
	if c.ReplaceWith != nil {
		fmt.Fprintf(p, "replace:%s; ", Quote(c.ReplaceWith))
	}
}

func valueText(v Value) string {
	if v.Name != "" {
		return v.Name
	}
	return fmt.Sprint(v.N)
}

func (p *printer) regexp(m *Match) {
	r, not := m.Regexp, ""
	if r.Negated {
		not = "!"
	}
	flags := ""
	for letter, on := range map[string]bool{"i": r.NoCase, "s": r.DotAll, "m": r.Multi, "x": r.Extended, "A": r.Anchored,
		"E": r.DollarE, "G": r.Ungreedy, "R": r.Relative, "B": r.RawBytes} {
		if on {
			flags += letter
		}
	}
	if m.Buffer != "" && m.Use == 0 {
		for letter, buffer := range regexpBuffers {
			if buffer == m.Buffer {
				flags += string(letter)
			}
		}
	}
	for _, c := range r.Captures {
		flags += "," + c
	}
	fmt.Fprintf(p, `pcre:%s"/%s/%s"; `, not, r.Pattern, flags)
}
