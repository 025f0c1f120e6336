package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// Limits of a message. What exceeds them is an event, and passed over or cut.
const (
	maxLine     = 4096 // longer lines are taken in pieces
	maxHeader   = 8 << 10
	maxName     = 255 // of a file
	maxBoundary = 254 // RFC 2046 allows 70
	maxDepth    = 16
	maxFiles    = 64
	maxList     = 32 // addresses in events
)

// place is where in a part the next line is.
type place uint8

const (
	inHead place = iota
	inBody
	outside // preamble and epilogue of parts
)

// Message is one message. Its memory is used again after Reset.
type Message struct {
	Events app.EventSet
	IDs    *uint32 // of the flow's files: the last one given
	Broken bool    // bytes are missing, or it did not end
	ended  bool

	line  []byte // the beginning of a line
	inner bool   // line is not the beginning of its line
	eol   []byte // end of the last line of content: the boundary's, if one follows

	place  place
	depth  int // of marks
	marks  [maxDepth]mark
	nested int // messages within messages

	head []byte // the header that is read, unfolded
	cut  bool   // head was too long
	top  bool   // the headers are those of the whole message
	part part
	Head Head

	files []*app.File
	count int
	body  *app.File // of the part; nil if there are too many
	uu    *app.File // within the part
	dec   decoder
	out   []byte
}

// mark is the boundary of parts.
type mark struct {
	text   []byte
	sought bool // the header named none: the first line that looks like one is it
}

// Reset makes it ready for another message, with its memory kept.
func (m *Message) Reset() {
	for _, f := range m.files[:m.count] {
		resetFile(f)
	}
	for i := range m.marks {
		m.marks[i] = mark{text: m.marks[i].text[:0]}
	}
	m.part.reset()
	m.Head.reset()
	*m = Message{
		line: m.line[:0], head: m.head[:0], eol: m.eol[:0], marks: m.marks, part: m.part, Head: m.Head,
		files: m.files, out: m.out[:0], top: true,
	}
}

// Write takes the next bytes.
func (m *Message) Write(data []byte) {
	for len(data) > 0 && !m.ended {
		end := bytes.IndexByte(data, '\n') + 1
		n := end
		if end == 0 {
			n = len(data)
		}
		if n = min(n, maxLine-len(m.line)); n == end && len(m.line) == 0 {
			m.take(data[:n])
			data = data[n:]
			continue
		}
		m.line = append(m.line, data[:n]...)
		data = data[n:]
		if n == end || len(m.line) == maxLine {
			m.take(m.line)
			m.line = m.line[:0]
		}
	}
}

// take reads a line, or a piece of one that is too long.
func (m *Message) take(line []byte) {
	whole := line[len(line)-1] == '\n'
	if !whole {
		m.Events.Add(app.SMTPMIMELongLine)
	}
	m.read(line)
	m.inner = !whole
}

// Hole says that n bytes are missing.
func (m *Message) Hole(n uint64) {
	if m.ended || n == 0 {
		return
	}
	m.flush()
	m.Broken = true
	for _, f := range []*app.File{m.body, m.uu} {
		if f != nil && m.place == inBody {
			f.Body.Skip(n)
			f.Gaps = true
		}
	}
	m.inner = false
}

// flush reads what there is of the last line.
func (m *Message) flush() {
	if len(m.line) > 0 {
		m.read(m.line)
		m.line = m.line[:0]
	}
}

// End ends the message; complete says that it is all there.
func (m *Message) End(complete bool) {
	if m.ended {
		return
	}
	m.flush()
	if m.place == inHead {
		m.endHeader()
		m.endHead()
	}
	if m.place == inBody { // no boundary took it
		m.give(m.body, m.dec.bytes(m.out[:0], m.eol, &m.Events))
	}
	m.Broken = m.Broken || !complete
	if m.depth > 0 {
		m.Events.Add(app.SMTPMIMEMalformedMsg)
	}
	m.endPart(complete)
	m.ended = true
}

// Ended says whether nothing more comes.
func (m *Message) Ended() bool { return m.ended }

// HeadDone says whether the headers of the message are all there.
func (m *Message) HeadDone() bool { return !m.top }
