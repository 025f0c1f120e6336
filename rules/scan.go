package rules

import "strings"

// scanner walks TOML text that the TOML library has accepted and builds its
// index. It trusts the syntax, yet never reads past the end nor stands still.
type scanner struct {
	text  string
	at    int
	index index
	parts []keyPart // of the key read last, reused
}

type keyPart struct {
	name string
	span span
}

// scan returns the index of a file's text.
func scan(text string) *index {
	s := &scanner{text: text}
	// One allocation for almost any policy: a value follows one of these.
	values := strings.Count(text, "=") + strings.Count(text, ",") + strings.Count(text, "[")
	s.index.nodes = make([]node, 1, 16+min(values, len(text)/8))
	s.index.nodes[0].kind = tableNode
	table := int32(0)
	for s.skip(); s.at < len(text); s.skip() {
		before := s.at
		if s.peek(0) == '[' {
			table = s.header()
		} else {
			s.pair(table)
		}
		if s.at == before {
			break
		}
	}
	return &s.index
}

// peek returns the byte n behind the current one, 0 at the end.
func (s *scanner) peek(n int) byte {
	if s.at+n < len(s.text) {
		return s.text[s.at+n]
	}
	return 0
}

// skip moves over white space, line ends and comments.
func (s *scanner) skip() {
	for s.at < len(s.text) {
		switch s.text[s.at] {
		case ' ', '\t', '\r', '\n':
			s.at++
		case '#':
			s.at = skipComment(s.text, s.at)
		default:
			return
		}
	}
}

func (s *scanner) blanks() {
	for s.peek(0) == ' ' || s.peek(0) == '\t' {
		s.at++
	}
}

// header reads [a.b] or [[a.b]] and returns the table that it opens.
func (s *scanner) header() int32 {
	start, list := s.at, s.peek(1) == '['
	s.at++
	if list {
		s.at++
	}
	s.key()
	s.take(']')
	if list {
		s.take(']')
	}
	val := span{int32(start), int32(s.at)}
	if len(s.parts) == 0 {
		return 0
	}
	parent, last := s.parent(0)
	if !list {
		id := s.index.table(parent, last.name, last.span)
		s.index.nodes[id].val = val
		return id
	}
	id := s.index.child(parent, last.name)
	if id == 0 {
		id = s.index.add(parent, node{name: last.name, key: last.span, val: val, kind: listNode})
	}
	return s.index.add(id, node{key: val, val: val, kind: tableNode})
}

// parent descends along all parts of the key read last but the final one.
func (s *scanner) parent(table int32) (int32, keyPart) {
	n := len(s.parts) - 1
	for _, p := range s.parts[:n] {
		table = s.index.table(table, p.name, p.span)
	}
	return table, s.parts[n]
}

// pair reads key = value into a table.
func (s *scanner) pair(table int32) {
	s.key()
	s.take('=')
	s.blanks()
	if len(s.parts) == 0 {
		return
	}
	parent, last := s.parent(table)
	s.value(parent, node{name: last.name, key: last.span})
}

func (s *scanner) take(c byte) {
	s.blanks()
	if s.peek(0) == c {
		s.at++
	}
}

// key reads the parts of a key into s.parts.
func (s *scanner) key() {
	s.parts = s.parts[:0]
	for {
		s.blanks()
		start := s.at
		name := s.keyName()
		if s.at == start {
			return
		}
		s.parts = append(s.parts, keyPart{name, span{int32(start), int32(s.at)}})
		s.blanks()
		if s.peek(0) != '.' {
			return
		}
		s.at++
	}
}

func (s *scanner) keyName() string {
	start := s.at
	switch s.peek(0) {
	case '\'':
		s.at = skipString(s.text, s.at)
		return strings.Trim(s.text[start:s.at], "'")
	case '"':
		s.at = skipString(s.text, s.at)
		return unescape(strings.TrimSuffix(s.text[start+1:s.at], `"`))
	}
	for isBareKey(s.peek(0)) {
		s.at++
	}
	return s.text[start:s.at]
}

func isBareKey(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '_' || c == '-'
}

// value reads a value and adds it, described so far by n, to a parent.
func (s *scanner) value(parent int32, n node) {
	start := s.at
	var id int32
	switch s.peek(0) {
	case '[':
		n.kind = listNode
		id = s.index.add(parent, n)
		s.elements(']', func() { s.value(id, node{}) })
	case '{':
		n.kind = tableNode
		id = s.index.add(parent, n)
		s.elements('}', func() { s.pair(id) })
	case '"', '\'':
		s.at = skipString(s.text, s.at)
		id = s.index.add(parent, n)
	default:
		s.at = skipPlain(s.text, s.at)
		id = s.index.add(parent, n)
	}
	added := &s.index.nodes[id]
	added.val = span{int32(start), int32(s.at)}
	if added.key == (span{}) {
		added.key = added.val
	}
}

// elements reads what stands between the current bracket and its end.
func (s *scanner) elements(end byte, element func()) {
	s.at++
	for {
		s.skip()
		before := s.at
		switch s.peek(0) {
		case end:
			s.at++
			return
		case ',':
			s.at++
		default:
			element()
		}
		if s.at == before {
			return
		}
	}
}
