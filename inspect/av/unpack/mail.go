package unpack

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/textproto"
	"strings"
)

// mail opens a mail, or a mailbox of which the first is opened: its parts, decoded.
func (c *container) mail() error {
	data := c.data
	if bytes.HasPrefix(data, []byte("From ")) { // the line in front of each in a mailbox
		_, data, _ = bytes.Cut(data, []byte("\n"))
	}
	in := bufio.NewReader(bytes.NewReader(data))
	header, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil {
		return nil // no mail after all
	}
	return c.part(header, in, 0)
}

// maxParts is how deep parts of a mail are in each other.
const maxParts = 16

// part opens one part.
func (c *container) part(header textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, _ := mime.ParseMediaType(header.Get("Content-Type"))
	if strings.HasPrefix(kind, "multipart/") && params["boundary"] != "" && depth < maxParts {
		return c.parts(multipart.NewReader(body, params["boundary"]), depth)
	}
	name := params["name"]
	if _, disposition, err := mime.ParseMediaType(header.Get("Content-Disposition")); err == nil && disposition["filename"] != "" {
		name = disposition["filename"]
	}
	if name == "" {
		name = "part"
	}
	switch strings.ToLower(strings.TrimSpace(header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, &digits{in: bufio.NewReader(body)})
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	}
	data, err := c.read(body)
	if final(err) {
		return err
	}
	if err := c.uuencoded(data); err != nil {
		return err
	}
	return c.show(name, data)
}

func (c *container) parts(r *multipart.Reader, depth int) error {
	for {
		p, err := r.NextRawPart()
		if err != nil {
			return nil
		}
		if err := c.part(p.Header, p, depth+1); err != nil {
			return err
		}
	}
}

// digits leaves out what are no digits of base64, as readers of mail do.
type digits struct{ in *bufio.Reader }

// Read implements io.Reader.
func (d *digits) Read(b []byte) (n int, err error) {
	for n < len(b) {
		c, err := d.in.ReadByte()
		if err != nil {
			if n > 0 {
				return n, nil
			}
			return 0, err
		}
		if 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/' || c == '=' {
			b[n] = c
			n++
		}
	}
	return n, nil
}

// uuencoded shows the files that stand in a text between "begin 644 name" and "end".
func (c *container) uuencoded(text []byte) error {
	for {
		at := bytes.Index(text, []byte("begin "))
		if at < 0 {
			return nil
		}
		line, rest, more := bytes.Cut(text[at:], []byte("\n"))
		text = rest
		fields := strings.Fields(string(line))
		if !more {
			return nil
		}
		if at > 0 && len(fields) != 3 || len(fields) < 3 || len(fields[1]) != 3 {
			continue
		}
		var data []byte
		data, text = uudecode(text)
		if err := c.member(fields[2], bytes.NewReader(data)); err != nil {
			return err
		}
	}
}

// uudecode decodes lines up to one without bytes, and returns what is behind them.
func uudecode(text []byte) (data, rest []byte) {
	for len(text) > 0 {
		line, rest, _ := bytes.Cut(text, []byte("\n"))
		line = bytes.TrimRight(line, "\r")
		if len(line) == 0 || bytes.Equal(line, []byte("end")) {
			return data, rest
		}
		n := int(line[0]-32) & 63
		if n == 0 || line[0] < 32 || line[0] > 96 {
			return data, rest
		}
		text = rest
		line = line[1:]
		for ; n > 0 && len(line) >= 2; n -= 3 {
			var group [4]byte
			for i := range min(4, len(line)) {
				group[i] = (line[i] - 32) & 63
			}
			three := [3]byte{group[0]<<2 | group[1]>>4, group[1]<<4 | group[2]>>2, group[2]<<6 | group[3]}
			data = append(data, three[:min(3, n)]...)
			line = line[min(4, len(line)):]
		}
	}
	return data, nil
}
