package transform

import "unsafe"

// text is a view of bytes as a string, valid as long as they do not change: for
// functions that keep none of it.
func text(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }
