package mime

import "vxwall/inspect/app"

// fileKept is how much of a file is kept of what was looked at.
const fileKept = 8 << 10

// Files are those of the message, oldest first. Borrowed until it is written to.
func (m *Message) Files() []*app.File { return m.files[:m.count] }

// Seen says that the stages looked at all files.
func (m *Message) Seen() {
	for _, f := range m.files[:m.count] {
		f.Body.Seen()
	}
}

// file begins another file. nil if there are too many.
func (m *Message) file() *app.File {
	if m.count == maxFiles {
		m.Events.Add(app.SMTPMIMEMalformedMsg)
		return nil
	}
	if m.count == len(m.files) {
		m.files = append(m.files, new(app.File))
	}
	f := m.files[m.count]
	m.count++
	f.Body.Keep = fileKept
	if m.IDs != nil {
		*m.IDs++
		f.ID = *m.IDs
	}
	return f
}

// endFile ends a file.
func endFile(f *app.File, complete bool) {
	if f == nil || f.State != app.FileOpen {
		return
	}
	f.Body.Finish()
	f.State = app.FileClosed
	if !complete || f.Gaps {
		f.State = app.FileTruncated
	}
}

func resetFile(f *app.File) {
	f.Body.Reset()
	*f = app.File{Name: f.Name[:0], Type: f.Type[:0], Body: f.Body}
}
