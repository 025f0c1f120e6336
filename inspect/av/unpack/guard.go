package unpack

import "errors"

// errPanic is what a panic becomes.
var errPanic = errors.New("the decoder gave up")

// guard runs a piece of decoding. What it reads was written by whoever wants it
// to fail, and some decoders are not ours: a panic there means that the member or
// the container is broken, not that the firewall is. This is the one place where
// a panic is caught; that of a visitor is not, for it is the caller's.
func (w *walker) guard(decode func() error) (err error) {
	defer func() {
		if w.visiting {
			return
		}
		if recover() != nil {
			err = errPanic
		}
	}()
	return decode()
}

// visit calls the visitor.
func (w *walker) visit(call func()) {
	was := w.visiting // End is called while a panic of Write passes
	w.visiting = true
	call()
	w.visiting = was
}
