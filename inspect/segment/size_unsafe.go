package segment

import "unsafe"

// A cell is one cache line.
var _ [64]byte = [unsafe.Sizeof(cell{})]byte{}
