package unpack

import (
	"cmp"
	"io"
	"slices"
)

// extent is a member that is part of a stream which holds several.
type extent struct {
	name     []byte
	at, size int64
}

// extents shows the members of a stream in the order in which they lie there.
// What no member covers is passed over but counts as unpacked, and what two share
// is shown with the first only.
func (w *walker) extents(b box, r io.Reader, packed int64, list []extent) error {
	slices.SortStableFunc(list, func(a, b extent) int { return cmp.Compare(a.at, b.at) })
	in := &counted{r: r}
	for _, e := range list {
		if e.size <= 0 {
			continue
		}
		if e.at < in.n {
			if err := w.settle(errOverlap, b.kind); err != nil {
				return err
			}
			continue
		}
		if err := w.skip(in, e.at-in.n); err != nil {
			return err
		}
		m := Member{Name: e.name, Packed: packed, Claimed: e.size}
		if err := w.show(b, m, io.LimitReader(in, e.size)); err != nil {
			return err
		}
		if in.err != nil && in.n < e.at+e.size {
			return nil // the member has been noted as broken; there is no more
		}
	}
	return nil
}

// skip passes over n bytes.
func (w *walker) skip(r io.Reader, n int64) error {
	for n > 0 {
		if err := w.inTime(); err != nil {
			return err
		}
		if w.res.Size > w.lim.Size {
			return LimitSize
		}
		var got int
		err := w.guard(func() (err error) {
			got, err = r.Read(w.buffer[:min(n, piece)])
			return err
		})
		n -= int64(got)
		w.res.Size += int64(got)
		if err == io.EOF && n > 0 {
			err = io.ErrUnexpectedEOF
		}
		if err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// counted counts what is read.
type counted struct {
	r   io.Reader
	n   int64
	err error
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.err = err
	return n, err
}
