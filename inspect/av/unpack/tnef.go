package unpack

import (
	"bytes"
	"io"
)

// openTNEF shows the attachments of winmail.dat: attributes with a level, a
// number, a length and a check.
func openTNEF(w *walker, b box) error {
	const (
		title      = 0x8010
		attachment = 0x800f
		body       = 0x800c
		properties = 0x9005 // MAPI's, of the attachment
	)
	var name []byte
	for in := b.data[min(6, len(b.data)):]; len(in) > 0; {
		if len(in) < 9 {
			return io.ErrUnexpectedEOF
		}
		id, n := le16(in[1:]), int64(le32(in[5:]))
		in = in[9:]
		value := in[:min(n, int64(len(in)))]
		in = in[min(len(in), len(value)+2):]
		switch id {
		case title:
			name = bytes.TrimRight(value, "\x00")
		case attachment, body, properties:
			m := Member{Name: name, Packed: int64(len(value)), Claimed: n}
			if err := w.show(b, m, bytes.NewReader(value)); err != nil {
				return err
			}
		}
	}
	return nil
}
