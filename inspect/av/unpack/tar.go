package unpack

import (
	"archive/tar"
	"bytes"
	"io"
)

// openTar shows the members of a tar of any kind.
func openTar(w *walker, b box) error {
	in := bytes.NewReader(b.data)
	for t := tar.NewReader(in); ; {
		h, err := t.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case h.Size == 0:
			if err := w.inTime(); err != nil {
				return err
			}
			continue
		}
		// A sparse file may claim any size for a few blocks.
		m := Member{Name: []byte(h.Name), Packed: min(h.Size, int64(len(b.data))), Claimed: h.Size}
		if err := w.show(b, m, t); err != nil {
			return err
		}
	}
}
