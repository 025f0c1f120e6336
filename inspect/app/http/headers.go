package http

import (
	"bytes"
	"hash/maphash"
)

// maxHeaders bounds the headers of a message. More are not looked at.
const maxHeaders = 1024

// Flags of a field: what is odd about it.
const (
	noColon = 1 << iota
	emptyName
	noToken        // its name has bytes that no name may have
	spaceBefore    // its name
	spaceAfter     // its name
	deformedFold   // folded where it looks like a field of its own
	tooManyHeaders // it was left out
	repeated       // one before has its name
)

// field is one header as it came, unfolded.
type field struct {
	name, value span // of fields.text
	hash        uint32
	next, last  int16 // of the same name: the next one, 0 for none; the last one, of the first
	flags       uint8
}

// fields takes heads apart. It belongs to a worker, and lives for one call.
type fields struct {
	lexer
	list  []field
	text  []byte
	name  []byte  // in lower case, to be hashed
	slots []int16 // by hash: the first field of a name, from 1
	open  bool    // the last of the list may go on
	flags uint8
}

// reset makes it ready for another head.
func (f *fields) reset(response bool) {
	f.response, f.list, f.text, f.open, f.flags = response, f.list[:0], f.text[:0], false, 0
}

// parse takes apart the lines of a block, which ends as far as it goes.
func (f *fields) parse(block []byte) {
	for at := 0; at < len(block); {
		end, next, what := f.next(block, at, true)
		if what != aLine {
			break
		}
		if len(f.list) == maxHeaders {
			f.flags |= tooManyHeaders
			break
		}
		f.line(block[at:end])
		at = next
	}
	f.close()
}

// line takes one line: a field, or more of the one before.
func (f *fields) line(line []byte) {
	if len(line) == 0 || !folds(line[0]) || !f.open {
		f.close()
		f.begin(line, 0)
		return
	}
	if f.response && looksLikeField(line[1:]) {
		f.close()
		f.begin(line[1:], deformedFold)
		return
	}
	fold := line[0]
	if fold == 0 {
		fold = ' '
	}
	last := &f.list[len(f.list)-1]
	if last.flags&noColon != 0 && bytes.IndexByte(line, ':') >= 0 {
		f.rejoin(last, line)
		return
	}
	if !last.value.empty() {
		f.text = append(f.text, fold)
	}
	f.text = append(f.text, line[1:]...)
	last.value.to = int32(len(f.text))
}

// rejoin makes a field of a line without a colon and the folded one that has it.
func (f *fields) rejoin(last *field, line []byte) {
	from := int(last.value.from)
	f.text = append(f.text, line...)
	whole := f.text[from:]
	colon := bytes.IndexByte(whole, ':')
	last.flags &^= noColon | emptyName
	last.name = at(from, from+colon)
	last.value = at(from+colon+1, len(f.text))
}

// begin starts a field with its first line.
func (f *fields) begin(line []byte, flags uint8) {
	from := len(f.text)
	f.text = append(f.text, line...)
	h := field{value: at(from, len(f.text)), flags: flags}
	if colon := bytes.IndexByte(line, ':'); colon >= 0 {
		h.name = at(from, from+colon)
		h.value.from = int32(from + colon + 1)
	} else {
		h.flags |= noColon
		h.name = at(from, from)
	}
	f.list = append(f.list, h)
	f.open = true
}

// close ends the last field: what is odd about its name is known now.
func (f *fields) close() {
	if !f.open {
		return
	}
	f.open = false
	h := &f.list[len(f.list)-1]
	name := h.name.of(f.text)
	if len(name) > 0 && isSpace(name[0]) {
		h.flags |= spaceBefore
	}
	if len(name) > 0 && isSpace(name[len(name)-1]) {
		h.flags |= spaceAfter
	}
	h.name, h.value = f.trimmed(h.name), f.trimmed(h.value)
	name = h.name.of(f.text)
	if len(name) == 0 && h.flags&noColon == 0 {
		h.flags |= emptyName
	}
	if !isToken(name) {
		h.flags |= noToken
	}
	f.name = appendLower(f.name[:0], name)
	h.hash = uint32(maphash.Bytes(seed, f.name))
	f.flags |= h.flags
}

// trimmed takes white space off the ends of a piece of the text.
func (f *fields) trimmed(s span) span {
	for s.from < s.to && isSpace(f.text[s.from]) {
		s.from++
	}
	for s.from < s.to && isSpace(f.text[s.to-1]) {
		s.to--
	}
	return s
}

// looksLikeField says whether a folded line has a name and a colon, so that a browser takes
// it for a header of its own.
func looksLikeField(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	if colon < 0 {
		return false
	}
	name := bytes.Trim(line[:colon], " \t")
	return len(name) > 0 && isToken(name)
}

// seed keeps others from finding names whose hashes are equal.
var seed = maphash.MakeSeed()

// link finds the fields of the same name.
func (f *fields) link() {
	n := 1
	for n < 2*len(f.list) {
		n *= 2
	}
	if len(f.slots) < n {
		f.slots = make([]int16, n)
	}
	slots := f.slots[:n]
	clear(slots)
	for i := range f.list {
		at := int(f.list[i].hash) & (n - 1)
		for slots[at] != 0 && !f.same(int(slots[at]-1), i) {
			at = (at + 1) & (n - 1)
		}
		f.list[i].last = int16(i)
		if slots[at] == 0 {
			slots[at] = int16(i + 1)
			continue
		}
		first := &f.list[slots[at]-1]
		f.list[first.last].next, first.last = int16(i), int16(i)
		f.list[i].flags |= repeated
	}
}

// sameName compares names in any case of letters.
func sameName(a, b []byte) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if lower(a[i]) != lower(b[i]) {
			return false
		}
	}
	return true
}
