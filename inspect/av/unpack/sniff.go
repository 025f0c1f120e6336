package unpack

import "bytes"

// magics are how containers begin, and how they are opened.
var magics []struct {
	at    int
	magic string
	open  func(*container) error
}

func init() {
	add := func(at int, magic string, open func(*container) error) {
		magics = append(magics, struct {
			at    int
			magic string
			open  func(*container) error
		}{at, magic, open})
	}
	add(0, "PK\x03\x04", (*container).zip)
	add(0, "PK\x05\x06", (*container).zip)
	add(0, "PK00PK\x03\x04", (*container).zip)
	add(0, "\x1f\x8b", (*container).gzip)
	add(0, "BZh", (*container).bzip2)
	add(0, "\xfd7zXZ\x00", (*container).xz)
	add(0, "\x28\xb5\x2f\xfd", (*container).zstd)
	add(0, "7z\xbc\xaf\x27\x1c", (*container).sevenZip)
	add(0, "Rar!\x1a\x07", (*container).rar)
	add(257, "ustar", (*container).tar)
	add(0, "070701", (*container).cpioText)
	add(0, "070702", (*container).cpioText)
	add(0, "070707", (*container).cpioOld)
	add(0, "\xc7\x71", (*container).cpioBinary)
	add(0, "\x71\xc7", (*container).cpioBinary)
	add(0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", (*container).ole2)
	add(0, "%PDF-", (*container).pdf)
	add(0, "<", (*container).html)
	add(0, "{\\rtf", (*container).rtf)
	add(0, "MZ", (*container).program)
	add(0, "\x7fELF", (*container).program)
}

// opener returns how a file is opened, nil if it has no members.
func opener(data []byte) func(*container) error {
	for i := range magics {
		m := &magics[i]
		if len(data) >= m.at+len(m.magic) && string(data[m.at:m.at+len(m.magic)]) == m.magic {
			return m.open
		}
	}
	if isMail(data) {
		return (*container).mail
	}
	return nil
}

// IsContainer says whether a file that begins so may have members. What is shorter than
// headers are may be one, too.
func IsContainer(head []byte) bool {
	for i := range magics {
		m := &magics[i]
		if m.at > 0 && len(head) < m.at+len(m.magic) {
			continue
		}
		n := min(len(head), len(m.magic))
		if len(head) >= m.at && string(head[m.at:min(len(head), m.at+n)]) == m.magic[:min(n, len(head)-m.at)] {
			return true
		}
	}
	return isMail(head)
}

// fieldsOfMail are headers with which mails begin.
var fieldsOfMail = []string{
	"from ", "from:", "received:", "return-path:", "mime-version:", "delivered-to:", "date:", "subject:", "message-id:", "content-type:", "to:", "x-",
}

// isMail says whether a file begins with a field of a mail's header.
func isMail(data []byte) bool {
	head := bytes.ToLower(data[:min(len(data), 16)])
	for _, field := range fieldsOfMail {
		if bytes.HasPrefix(head, []byte(field)) {
			return true
		}
	}
	return false
}
