package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// uuLine takes a line of a uuencoded file, which may stand in any text: from
// "begin 644 name" to "end".
func (m *Message) uuLine(line []byte) bool {
	if m.dec.how != identity && m.dec.how != uuencode || m.inner {
		return m.uu != nil
	}
	if m.uu == nil {
		return m.uuBegin(line)
	}
	if bytes.Equal(line, []byte("end")) {
		endFile(m.uu, true)
		m.uu = nil
		return true
	}
	m.out = uuDecode(m.out[:0], line)
	m.give(m.uu, m.out)
	return true
}

// uuBegin begins a file, if the line does.
func (m *Message) uuBegin(line []byte) bool {
	rest, ok := bytes.CutPrefix(line, []byte("begin "))
	mode, name, named := bytes.Cut(rest, []byte{' '})
	if !ok || !named || len(name) == 0 || len(mode) < 3 || len(mode) > 4 {
		return false
	}
	for _, c := range mode {
		if c < '0' || c > '7' {
			return false
		}
	}
	if m.uu = m.file(); m.uu == nil {
		return false
	}
	if len(name) > maxName {
		m.Events.Add(app.SMTPMIMELongFilename)
		name = name[:maxName]
	}
	m.uu.Name = append(m.uu.Name, name...)
	return true
}

// uuDecode appends the bytes of a line: their number, then four characters for three.
func uuDecode(out, line []byte) []byte {
	if len(line) == 0 || line[0] < ' ' || line[0] > '`' {
		return out
	}
	n := int(line[0]-' ') & 63
	line = line[1:]
	for n > 0 && len(line) > 1 {
		var four [4]byte
		line = line[copy(four[:], line):]
		v := uint32(0)
		for _, c := range four {
			v = v<<6 | uint32(c-' ')&63
		}
		three := [3]byte{byte(v >> 16), byte(v >> 8), byte(v)}
		take := min(n, 3)
		out = append(out, three[:take]...)
		n -= take
	}
	return out
}
