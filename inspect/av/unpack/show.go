package unpack

import "io"

// show shows a member of b, read from r, and then what is in it. The error is
// not nil if the walk is over: all else has been noted.
func (w *walker) show(b box, m Member, r io.Reader) error {
	if err := w.enter(b, &m); err != nil {
		return w.settle(err, b.kind)
	}
	if m.Encrypted {
		w.visit(func() { w.visitor.Begin(&m) })
		w.visit(func() { w.visitor.End(&m) })
		return w.settle(errEncrypted, b.kind)
	}
	body, err := w.pour(b, &m, r)
	defer func() { w.held -= int64(cap(body)) }()
	if err := w.settle(err, b.kind); err != nil {
		return err
	}
	if body == nil {
		return nil
	}
	return w.open(box{data: body, kind: m.Kind, member: &m})
}

// enter counts a member and sees whether it may be looked at.
func (w *walker) enter(b box, m *Member) error {
	m.Parent, m.Depth, m.Container = b.member, b.depth()+1, b.kind
	if m.Depth > w.lim.Depth {
		return LimitDepth
	}
	if w.res.Members >= w.lim.Members {
		return LimitMembers
	}
	w.res.Members++
	return w.inTime()
}

// pour reads a member piece by piece and shows each. If it is something to be
// opened its body comes back, as much as could be read and held.
func (w *walker) pour(b box, m *Member, r io.Reader) (body []byte, err error) {
	n, err := w.pull(b, m, r)
	m.Kind = Sniff(w.buffer[:n])
	w.visit(func() { w.visitor.Begin(m) })
	defer w.visit(func() { w.visitor.End(m) })
	keep := openers[m.Kind] != nil
	for n > 0 {
		var refused error
		w.visit(func() { refused = w.visitor.Write(w.buffer[:n]) })
		if refused != nil {
			w.res.note(Stopped, m.Kind, refused)
			return body, errStopped
		}
		if keep && !w.hold(&body, w.buffer[:n]) {
			// What does not fit is still shown, but not opened.
			w.settle(LimitMemory, m.Kind)
			w.held -= int64(cap(body))
			body, keep = nil, false
		}
		if err != nil {
			break
		}
		n, err = w.pull(b, m, r)
	}
	if err == io.EOF && m.Claimed > m.Size {
		err = io.ErrUnexpectedEOF
	}
	m.Broken = err != nil && err != io.EOF
	return body, err
}

// hold adds p to body if it may be held.
func (w *walker) hold(body *[]byte, p []byte) bool {
	need := len(*body) + len(p)
	if need > cap(*body) {
		// Both the old and the new body are there while it is copied.
		grown := max(need, 2*cap(*body))
		if grown > w.room() {
			grown = need
		}
		if grown > w.room() {
			return false
		}
		moved := make([]byte, len(*body), grown)
		copy(moved, *body)
		w.held += int64(grown - cap(*body))
		*body = moved
	}
	*body = append(*body, p...)
	return true
}

// pull fills the buffer from r, as far as there is something and the limits allow.
func (w *walker) pull(b box, m *Member, r io.Reader) (n int, err error) {
	if err := w.inTime(); err != nil {
		return 0, err
	}
	err = w.guard(func() (err error) {
		for idle := 0; n < len(w.buffer) && err == nil; {
			var got int
			got, err = r.Read(w.buffer[n:])
			n += got
			if idle++; got > 0 {
				idle = 0
			}
			if idle > 100 {
				return io.ErrNoProgress
			}
		}
		return err
	})
	m.Size += int64(n)
	w.res.Size += int64(n)
	return n, w.within(b, m, err)
}

// within compares what has come with the limits.
func (w *walker) within(b box, m *Member, err error) error {
	packed := m.Packed
	if packed < 0 || packed > int64(len(b.data)) {
		packed = int64(len(b.data))
	}
	switch {
	case w.res.Size > w.lim.Size:
		return LimitSize
	case m.Size > ratioFloor && m.Size/int64(w.lim.Ratio) > packed:
		return LimitRatio
	}
	return err
}
