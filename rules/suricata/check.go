package suricata

import "fmt"

// finish checks what can be known only when all of a rule is read.
func (b *builder) finish() error {
	if b.sig.SID == 0 {
		return faultf(0, "missing sid: expected sid:number;")
	}
	if err := b.unused(); err != nil {
		return err
	}
	b.class()
	fast := false
	for i := range b.sig.Matches {
		m := &b.sig.Matches[i]
		if m.Content == nil {
			continue
		}
		if m.Content.FastPattern && fast {
			return b.blame(m.Column, "fast_pattern", "second one in a rule: expected one")
		}
		fast = fast || m.Content.FastPattern
		if reason := m.Content.check(m.Buffer); reason != "" {
			return b.blame(m.Column, "content", reason)
		}
		if reason := m.normal(); reason != "" {
			return b.blame(m.Column, "content", reason)
		}
		if n, ok := b.limit(m); ok && int64(len(m.Content.Pattern)) > n {
			return b.blame(m.Column, "content", fmt.Sprintf("%d bytes in at most %d: can never match", len(m.Content.Pattern), n))
		}
	}
	if err := b.conflict(); err != nil {
		return err
	}
	if b.env.Refuse == nil {
		return nil
	}
	if r := b.env.Refuse(&b.sig); r != nil {
		return b.blame(r.Column, r.Keyword, r.Reason)
	}
	return nil
}

// blame returns a fault at a column of the text.
func (b *builder) blame(column int, keyword, reason string) error {
	return &fault{at: offsetOf(b.text, column), keyword: keyword, reason: reason}
}

// offsetOf returns the byte offset of a column, from 1.
func offsetOf(text string, column int) int {
	n := 1
	for i := range text {
		if n >= column {
			return i
		}
		n++
	}
	return len(text)
}

// class sets the priority; 3 is that of a rule without class.
func (b *builder) class() {
	if b.priority {
		return
	}
	b.sig.Priority = 3
	if c, ok := b.env.Classes[b.sig.Classtype]; ok {
		b.sig.Priority = c.Priority
	}
}

// check says what of a content contradicts itself, "" if nothing does.
func (c *Content) check(buffer string) string {
	absolute := c.Offset.Set || c.Depth.Set
	length := int64(len(c.Pattern))
	switch {
	case absolute && c.Relative():
		return "offset or depth together with distance or within: expected an absolute or a relative place"
	case c.StartsWith && (absolute || c.Relative()):
		return "startswith together with offset, depth, distance or within: expected one of both"
	case c.Depth.Set && c.Depth.Name == "" && c.Depth.N < length:
		return fmt.Sprintf("depth %d is less than the pattern's %d bytes: can never match", c.Depth.N, length)
	case c.Within.Set && c.Within.Name == "" && c.Within.N < length:
		return fmt.Sprintf("within %d is less than the pattern's %d bytes: can never match", c.Within.N, length)
	case c.Offset.N+c.Depth.N > 0xffff:
		return "offset and depth together are beyond 65535: expected less"
	case c.RawBytes && buffer != "":
		return "rawbytes in " + buffer + ": expected it without a buffer"
	case c.FastPattern && c.Negated && (absolute || c.Relative() || c.StartsWith || c.EndsWith):
		return "fast_pattern of a negated content that has a place: expected another content"
	case c.FastPattern && buffer == "base64_data":
		return "fast_pattern in base64_data: expected another content"
	case c.FastPatternOnly && (c.Negated || absolute || c.Relative()):
		return "fast_pattern:only of a content that is negated or has a place: expected another content"
	}
	return ""
}

// limit returns the largest size that bsize or dsize lets the data of a
// content have.
func (b *builder) limit(m *Match) (int64, bool) {
	if m.Content.Negated {
		return 0, false
	}
	for i := range b.sig.Matches {
		o := &b.sig.Matches[i]
		same := o.Keyword == "bsize" && o.Use == m.Use && o.Buffer == m.Buffer || o.Keyword == "dsize" && m.Buffer == ""
		if !same || o.Number == nil {
			continue
		}
		switch o.Number.Op {
		case Equal, LessEqual:
			return o.Number.A, true
		case Less:
			return o.Number.A - 1, true
		case Between:
			return o.Number.B, true
		}
	}
	return 0, false
}
