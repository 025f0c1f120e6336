package http

import "vxwall/inspect/app"

// bodyKept is how much of a body is kept of what was looked at.
const bodyKept = 8 << 10

// maxFiles bounds the files in one message. What comes after is in the body alone.
const maxFiles = 64

// header is one header, normalised: headers of the same name are one.
type header struct {
	name, value span // of message.norm
}

// message is what is kept of a request or a response.
type message struct {
	raw     []byte // from the start line on, as it came; trailers behind
	line    span   // of raw: the start line without its end
	begin   int    // of raw: the headers begin
	end     int    // of raw: they end, with the empty line
	part    [3]span
	norm    []byte // "Name: value\r\n" of each header; cookies last
	plain   int    // of norm, before the cookies
	list    []header
	names   []byte // made when asked for
	start   []byte // made when asked for
	status  bool   // it begins with a status line
	ready   bool   // all headers are there
	trailed bool   // raw has trailers
	hasBody bool
	wire    uint64 // bytes of the body as they came, with chunk sizes
	named   int    // bytes of the names of files
	held    int    // counted in parser.held
	kept    int    // counted in parser.kept
	body    app.Body
	whole   bool // files[0] is the body
	count   int  // of files
	files   []*app.File
}

// reset makes it ready for another message, with its memory kept.
func (m *message) reset() {
	files := m.files
	for _, f := range files[:m.count] {
		f.Name = f.Name[:0]
		f.Body.Reset()
		*f = app.File{Name: f.Name, Body: f.Body}
	}
	m.body.Reset()
	m.body.Keep = bodyKept
	*m = message{raw: small(m.raw), norm: small(m.norm), list: m.list[:0], names: small(m.names), start: small(m.start), body: m.body, files: files}
	if cap(m.list) > 64 {
		m.list = nil
	}
}

// discard forgets what was read of a head that is none.
func (m *message) discard() {
	m.raw, m.line, m.begin, m.end = m.raw[:0], span{}, 0, 0
}

// small empties memory, and gives it up if it is more than most heads need.
func small(b []byte) []byte {
	if cap(b) > 8<<10 {
		return nil
	}
	return b[:0]
}

// find returns the header with a lower-case name.
func (m *message) find(name string) *header {
	for i := range m.list {
		if isName(m.list[i].name.of(m.norm), name) {
			return &m.list[i]
		}
	}
	return nil
}

// get returns the value of the header with a lower-case name, nil if there is none.
func (m *message) get(name string) []byte {
	if h := m.find(name); h != nil {
		return h.value.of(m.norm)
	}
	return nil
}

// file begins another file. nil if there are too many.
func (m *message) file() *app.File {
	if m.count == maxFiles {
		return nil
	}
	if m.count == len(m.files) {
		m.files = append(m.files, &app.File{})
	}
	f := m.files[m.count]
	f.Body.Keep = bodyKept
	m.count++
	return f
}

// content is the body that all bytes go to.
func (m *message) content() *app.Body {
	if m.whole {
		return &m.files[0].Body
	}
	return &m.body
}

// seen says that the stages looked at all bodies. Those that are over keep at most room
// bytes together, the first ones first. It returns how many.
func (m *message) seen(room int) int {
	left := room - m.body.Settle(room)
	for _, f := range m.files[:m.count] {
		left -= f.Body.Settle(left)
	}
	return room - left
}

// close ends the bodies. Files that did not end are truncated.
func (m *message) close(complete bool) {
	m.body.Finish()
	for _, f := range m.files[:m.count] {
		if f.State == app.FileOpen {
			endFile(f, complete)
		}
	}
}

// endFile says that nothing more comes of a file.
func endFile(f *app.File, complete bool) {
	f.State = app.FileClosed
	if !complete || f.Gaps {
		f.State = app.FileTruncated
	}
	f.Body.Finish()
}
