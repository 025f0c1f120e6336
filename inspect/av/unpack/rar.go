package unpack

import (
	"bytes"
	"errors"
	"io"

	"github.com/nwaples/rardecode/v2"
)

// openRAR shows the members of a RAR of version 1.5 to 5. Volumes are shown as
// far as they stand in this file.
func openRAR(w *walker, b box) error {
	most := rardecode.MaxDictionarySize(int64(max(1<<18, w.room()/2)))
	var r *rardecode.Reader
	err := w.guard(func() (err error) {
		r, err = rardecode.NewReader(bytes.NewReader(b.data), most, rardecode.SkipCheck)
		return err
	})
	for err == nil {
		var h *rardecode.FileHeader
		err = w.guard(func() (err error) {
			h, err = r.Next()
			return err
		})
		if err != nil {
			break
		}
		if err := w.inTime(); err != nil {
			return err
		}
		if h.IsDir || h.UnPackedSize == 0 && !h.UnKnownSize {
			continue
		}
		m := Member{Name: []byte(h.Name), Packed: h.PackedSize, Claimed: h.UnPackedSize, Encrypted: h.Encrypted}
		if h.UnKnownSize {
			m.Claimed = -1
		}
		if h.Solid {
			m.Packed = int64(len(b.data)) // what one unpacks to may lie in those before
		}
		if err := w.show(b, m, rarMember{r}); err != nil {
			return err
		}
	}
	return rarError(err)
}

// rarMember reads the member that Next came to.
type rarMember struct{ r *rardecode.Reader }

func (m rarMember) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	return n, rarError(err)
}

// rarError makes the errors of the library ours.
func rarError(err error) error {
	switch {
	case errors.Is(err, rardecode.ErrArchiveEncrypted), errors.Is(err, rardecode.ErrArchivedFileEncrypted):
		return errEncrypted
	case errors.Is(err, rardecode.ErrDictionaryTooLarge):
		return LimitMemory
	case errors.Is(err, io.EOF):
		return io.EOF
	}
	return err
}
