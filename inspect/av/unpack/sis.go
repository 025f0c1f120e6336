package unpack

import (
	"bytes"
	"io"
)

// openSIS shows the files of a Symbian installer of the old kind: records of
// files with one body for each language.
func openSIS(w *walker, b box) error {
	if len(b.data) < 64 {
		return io.ErrUnexpectedEOF
	}
	languages, files := int(le16(b.data[18:])), int(le16(b.data[20:]))
	plain := le16(b.data[36:])&8 != 0
	at := int64(le32(b.data[52:]))
	for ; files > 0; files-- {
		size := int64(28 + 12*languages + 8)
		if at+size-8 > int64(len(b.data)) {
			return io.ErrUnexpectedEOF
		}
		record := b.data[at:]
		if le32(record) > 1 {
			return errMethod // conditions, and installers within
		}
		name, _ := sisBytes(b.data, le32(record[16:]), le32(record[12:]))
		for l := range languages {
			lengths := record[28+4*l:]
			body, err := sisBytes(b.data, le32(lengths[4*languages:]), le32(lengths))
			if err != nil {
				return err
			}
			m := Member{Name: name, Packed: int64(len(body)), Claimed: int64(le32(lengths[8*languages:]))}
			r := io.Reader(bytes.NewReader(body))
			if !plain {
				r = zlibReader(body)
			}
			if err := w.show(b, m, r); err != nil {
				return err
			}
		}
		at += size
	}
	return nil
}

func sisBytes(data []byte, at, n uint32) ([]byte, error) {
	if int64(at)+int64(n) > int64(len(data)) {
		return nil, errUnreachable
	}
	return data[at:][:n], nil
}
