package unpack

import "bytes"

// mailHeads are fields that a message begins with; other text hardly does.
var mailHeads = [][]byte{
	[]byte("from: "), []byte("from "), []byte("received: "), []byte("return-path: "), []byte("delivered-to: "), []byte("x-"),
	[]byte("subject: "), []byte("message-id: "), []byte("to: "), []byte("date: "), []byte("mime-version: "),
	[]byte("content-type: "), []byte("content-transfer-encoding: "), []byte("reply-to: "), []byte("sender: "),
}

var htmlTags = [][]byte{
	[]byte("<html"), []byte("<!doctype html"), []byte("<head"), []byte("<body"), []byte("<script"), []byte("<a href"),
	[]byte("<img"), []byte("<iframe"), []byte("<meta"), []byte("<title"), []byte("<table"), []byte("<object"), []byte("<form"), []byte("<svg"),
}

// sniffText tells mail, HTML and text from what is none of them.
func sniffText(head []byte) Kind {
	if zeros := bytes.IndexByte(head, 0); zeros >= 0 {
		head = narrow(head)
		if head == nil {
			return Unknown
		}
	}
	lower := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	switch {
	case mailHead(lower):
		return Mail
	case bytes.HasPrefix(lower, []byte("begin ")) && uuHead(firstLine(lower)):
		return UU
	}
	for _, tag := range htmlTags {
		if bytes.Contains(lower, tag) {
			return HTML
		}
	}
	if len(lower) == 0 || !plain(lower) {
		return Unknown
	}
	return Text
}

// narrow makes single bytes of UTF-16, or nothing if it is none.
func narrow(head []byte) []byte {
	if len(head) < 4 {
		return nil
	}
	low := 0 // where in a pair the low byte stands
	if head[0] == 0 || head[0] == 0xfe && head[1] == 0xff {
		low = 1
	}
	out := make([]byte, 0, len(head)/2)
	for i := 0; i+1 < len(head); i += 2 {
		switch high := head[i+1-low]; {
		case high == 0:
			out = append(out, head[i+low])
		case i > 0 || high < 0xfe: // the first pair may be the mark of the byte order
			return nil
		}
	}
	return out
}

// mailHead wants a field of a message first, and another within the head: one
// "From: " alone may begin any text.
func mailHead(lower []byte) bool {
	for found := 0; len(lower) > 0; {
		line := firstLine(lower)
		lower = lower[len(line):]
		switch {
		case knownField(line):
			if found++; found == 2 {
				return true
			}
		case found == 0 || !fieldLike(line):
			return false
		}
	}
	return false
}

func knownField(line []byte) bool {
	for _, h := range mailHeads {
		if bytes.HasPrefix(line, h) {
			return true
		}
	}
	return false
}

// fieldLike says that a line may be a field, or the continuation of one.
func fieldLike(line []byte) bool {
	colon := bytes.IndexByte(line, ':')
	space := bytes.IndexAny(line, " \t")
	return space == 0 || colon > 0 && (space < 0 || colon < space)
}

// firstLine is up to and with the newline.
func firstLine(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}

// plain says that nothing in it is a control character that text has not.
func plain(b []byte) bool {
	for _, c := range b {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' && c != '\f' && c != 0x1b {
			return false
		}
	}
	return true
}
