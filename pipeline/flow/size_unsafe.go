package flow

import "unsafe"

// MaxRecord is the most bytes a Record may take. With its share of the index
// (4 to 8 bytes) a flow takes at most 256 bytes.
const MaxRecord = 248

var _ [MaxRecord - unsafe.Sizeof(Record{})]byte
