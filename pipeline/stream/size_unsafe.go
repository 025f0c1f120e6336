package stream

import "unsafe"

// connSize is what a connection takes besides its streams, in bytes.
const connSize = int(unsafe.Sizeof(conn{}))

// A connection must stay small: there may be millions.
var _ [320 - connSize]byte
