package scan

import (
	"encoding/binary"

	"vxwall/rules/clamav"
)

// placed says whether a pattern may begin at a place of the file. What counts from the end
// is not known yet.
func (l *look) placed(offset uint32, start int64) bool {
	o := &l.db.offsets[offset]
	at := o.Delta
	switch o.Base {
	case clamav.Anywhere, clamav.End:
		return true
	case clamav.VersionInfo:
		return l.inVersion(start)
	case clamav.EntryPoint:
		if l.program.entry < 0 {
			return false
		}
		at += l.program.entry
	case clamav.Section, clamav.LastSection, clamav.InSection:
		n := int(o.Section)
		if o.Base == clamav.LastSection {
			n = l.program.count - 1
		}
		if n < 0 || n >= l.program.count {
			return false
		}
		s := &l.program.sections[n]
		if o.Base == clamav.InSection {
			return start >= s.start && start < s.start+s.size
		}
		at += s.start
	}
	return start >= at && start <= at+int64(o.Shift)
}

// inVersion says whether a key of a version's texts begins at a place: lengths and type
// stand before it (VS_VERSIONINFO, "String").
func (l *look) inVersion(start int64) bool {
	at := int(start - l.base)
	if l.target != clamav.PE || at < 6 {
		return false
	}
	head := l.window[at-6 : at]
	size, value, kind := binary.LittleEndian.Uint16(head), binary.LittleEndian.Uint16(head[2:]), binary.LittleEndian.Uint16(head[4:])
	return size > 6 && kind <= 1 && int(value) < int(size)
}

// isInside says whether the file is in what a signature wants it to be in.
func (s *Scanner) isInside(w *whole) bool {
	if w.container != "" && w.container != s.parent(0) {
		return false
	}
	for i, name := range w.intermediates {
		if name != s.parent(len(w.intermediates)-1-i) && name != anyType {
			return false
		}
	}
	return true
}

// anyType is what contains a file that is in nothing.
const anyType = "CL_TYPE_ANY"

// parent is the n-th container that the file is in, from within.
func (s *Scanner) parent(n int) string {
	if n >= len(s.inside) {
		return anyType
	}
	return s.inside[len(s.inside)-1-n]
}

// number compares a number in the file, which is found relative to a fact's place.
func (l *look) number(what uint32, start int64) {
	c := &l.db.compares[what&^isCompare]
	at := int(start+c.Offset) - int(l.base)
	if at < 0 {
		return
	}
	if at+c.Width > len(l.window) {
		if !l.last {
			l.to.wait(pending{what, start})
		}
		return
	}
	value, ok := c.value(l.window[at : at+c.Width])
	for i := range c.Comparisons {
		o := c.Comparisons[i]
		switch o.Op {
		case '=':
			ok = ok && value == o.Value
		case '<':
			ok = ok && value < o.Value
		default:
			ok = ok && value > o.Value
		}
	}
	if ok {
		l.fact(c.fact, start)
	}
}

// value reads the number.
func (c *comparison) value(data []byte) (n uint64, ok bool) {
	if c.Base == 'i' {
		for i := range data {
			b := data[i]
			if c.Little {
				b = data[len(data)-1-i]
			}
			n = n<<8 | uint64(b)
		}
		return n, true
	}
	base, digits := uint64(10), 0
	if c.Base == 'h' || c.Base == 'a' && len(data) > 1 && data[0] == '0' && data[1]|0x20 == 'x' {
		base = 16
		if len(data) > 1 && data[0] == '0' && data[1]|0x20 == 'x' {
			data = data[2:]
		}
	}
	for _, b := range data {
		d, is := digit(b)
		if !is || d >= base {
			break
		}
		n, digits = n*base+d, digits+1
	}
	return n, digits > 0 && (!c.Exact || digits == len(data))
}

func digit(b byte) (uint64, bool) {
	switch {
	case b >= '0' && b <= '9':
		return uint64(b - '0'), true
	case b|0x20 >= 'a' && b|0x20 <= 'f':
		return uint64((b|0x20)-'a') + 10, true
	}
	return 0, false
}
