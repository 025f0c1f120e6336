package unpack

import (
	"bytes"
	"errors"
	"io"
	"time"
)

// piece is how much is unpacked between two looks at the limits. It holds the
// longest head that Sniff looks at.
const piece = 64 << 10

var (
	errEncrypted   = errors.New("encrypted")
	errFormat      = errors.New("not as the format says")
	errMethod      = errors.New("packed with a method not known")
	errOverlap     = errors.New("members share bytes")
	errStopped     = errors.New("the visitor had enough")
	errUnreachable = errors.New("points outside of the file")
)

// Walk shows the members of a file, and theirs, to v. The file itself is not
// shown; its kind is sniffed.
func Walk(file []byte, lim Limits, v Visitor) Result {
	w := walker{lim: lim.orDefault(), visitor: v, buffer: make([]byte, piece)}
	w.end = time.Now().Add(w.lim.Time)
	kind := Sniff(file)
	if openers[kind] == nil && zipBehind(file) {
		kind = ZIP
	}
	w.open(box{data: file, kind: kind})
	return w.res
}

// zipBehind finds the end of a zip behind what we do not open: a picture, a
// script, or the parts before it of an archive that was split.
func zipBehind(file []byte) bool {
	return bytes.Contains(file[max(0, len(file)-zipMostEnd):], zipEnd)
}

// walker is the state of one walk; it is for one goroutine.
type walker struct {
	lim     Limits
	visitor Visitor
	res     Result
	end     time.Time
	held    int64  // of Limits.Memory
	buffer  []byte // one piece

	inflater io.Reader // see inflate
	visiting bool      // the visitor runs
	panics   int       // of openers, all of which are ours: tests want none
}

// box is a container that lies in memory.
type box struct {
	data   []byte
	kind   Kind
	member *Member // what it is; nil for the file itself
}

func (b box) depth() int {
	if b.member == nil {
		return 0
	}
	return b.member.Depth
}

// opener shows the members of a container. Its error says that the container is
// broken, or is a Limit; errors of members have been noted before.
type opener func(w *walker, b box) error

// open shows what is in b, if it is something to be opened. The error is not nil
// if the walk is over.
func (w *walker) open(b box) error {
	o := openers[b.kind]
	if o == nil {
		return nil
	}
	err := w.guard(func() error { return o(w, b) })
	if err == errPanic {
		w.panics++
	}
	return w.settle(err, b.kind)
}

// settle notes how a member or a container ended, and passes on what ends the walk.
func (w *walker) settle(err error, where Kind) error {
	var l Limit
	switch {
	case err == nil || err == io.EOF:
		return nil
	case err == errStopped:
		return err
	case errors.As(err, &l):
		if w.res.Limit == NoLimit {
			w.res.Limit = l
		}
		w.res.note(OverLimit, where, l)
		if l.ends() {
			return l
		}
	case errors.Is(err, errEncrypted):
		w.res.note(Encrypted, where, errEncrypted)
	default:
		w.res.note(Broken, where, err)
	}
	return nil
}

// over says whether an error is one that ends the walk.
func over(err error) bool {
	var l Limit
	return err == errStopped || errors.As(err, &l) && l.ends()
}

// inTime is asked between pieces, and wherever a header could send us round and
// round without any member.
func (w *walker) inTime() error {
	if time.Now().After(w.end) {
		return LimitTime
	}
	return nil
}

// room is how many more bytes may be held.
func (w *walker) room() int { return int(max(0, w.lim.Memory-w.held)) }
