package mime

import (
	"bytes"

	"vxwall/inspect/app"
)

// coding is how the bytes of a part are written.
type coding uint8

const (
	identity coding = iota
	base64
	quoted
	uuencode
)

// decoder makes bytes of the text that stands for them, as it comes. What does not belong
// is passed over, as readers of mail do.
type decoder struct {
	how   coding
	acc   uint32
	have  uint8
	held  [2]byte // of a quoted byte, behind its =
	count uint8   // of held, with the =

}

// begin begins the content of a part.
func (d *decoder) begin(encoding []byte) {
	*d = decoder{}
	encoding, _, _ = bytes.Cut(encoding, []byte{';'})
	encoding = bytes.TrimSpace(encoding)
	switch {
	case is(encoding, "base64"):
		d.how = base64
	case is(encoding, "quoted-printable"):
		d.how = quoted
	case is(encoding, "x-uuencode"), is(encoding, "uuencode"), is(encoding, "x-uue"), is(encoding, "uue"):
		d.how = uuencode
	}
}

// bytes appends what data stands for.
func (d *decoder) bytes(out, data []byte, odd *app.EventSet) []byte {
	switch d.how {
	case base64:
		return d.base64(out, data, odd)
	case quoted:
		for _, c := range data {
			out = d.quoted(out, c, odd)
		}
		return out
	}
	return append(out, data...)
}

// end appends what remains at the end.
func (d *decoder) end(out []byte) []byte {
	if d.how == quoted && d.count > 1 {
		out = append(append(out, '='), d.held[:d.count-1]...)
	}
	d.count = 0
	return out
}

// sextet is the value of each base64 digit; 0xff for what is none.
var sextet = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i, c := range "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/" {
		t[c] = byte(i)
	}
	return t
}()

// base64 joins groups of six bits; a = drops the rest of a group.
func (d *decoder) base64(out, data []byte, odd *app.EventSet) []byte {
	for _, c := range data {
		v := sextet[c]
		if v == 0xff {
			if c == '=' {
				d.have = 0
			} else if c != '\r' && c != '\n' && c != ' ' && c != '\t' {
				odd.Add(app.SMTPMIMEInvalidBase64)
			}
			continue
		}
		d.acc = d.acc<<6 | uint32(v)
		if d.have += 6; d.have >= 8 {
			d.have -= 8
			out = append(out, byte(d.acc>>d.have))
		}
	}
	return out
}

// quoted takes a character of quoted-printable (RFC 2045, 6.7).
func (d *decoder) quoted(out []byte, c byte, odd *app.EventSet) []byte {
	switch {
	case d.count == 0 && c != '=':
		return append(out, c)
	case d.count == 0:
		d.count = 1
		return out
	case c == '\n': // the end of the line is not one of the text
		d.count = 0
		return out
	case d.count == 1 && (c == '\r' || c == ' ' || c == '\t' || hexDigit(c) < 16):
		d.held[0], d.count = c, 2
		return out
	case d.count == 2 && hexDigit(d.held[0]) < 16 && hexDigit(c) < 16:
		d.count = 0
		return append(out, hexDigit(d.held[0])<<4|hexDigit(c))
	case d.count == 2 && (d.held[0] == ' ' || d.held[0] == '\t') && (c == ' ' || c == '\t' || c == '\r'):
		return out // blanks between the = and the end of the line
	}
	odd.Add(app.SMTPMIMEInvalidQP)
	out = append(append(out, '='), d.held[:d.count-1]...)
	d.count = 0
	return d.quoted(out, c, odd)
}

func hexDigit(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return c | 0x20 - 'a' + 10
	}
	return 0xff
}
