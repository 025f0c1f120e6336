// Package match finds which of many byte patterns occur in a text, in one pass.
//
// It looks at every third place of the text. Four bytes there say which byte of a table is looked up, and the fifth one
// which bit of it (filter.go): nearly all bits are clear. Of each pattern of at least six bytes six in a row are its core,
// the rarest; whichever way the places fall, one of them has the first five, or the last four, of what the
// core's filter bits were set for. A bit that is set is followed up by hashes of the whole core (core.go), and
// those by comparing the pattern. Patterns of four and five bytes have a core of four; where the places see bytes that are not
// the pattern's, the bits of all their values are set. Shorter patterns are looked for by pairs of bytes at every place (pairs.go).
//
// Few patterns are looked for at every place instead, 32 of them at a time, if the processor has vectors as wide (nibbles.go).
// What processors do in instructions of their own is in plain Go, too, for those that do not have them.
//
// A Matcher is immutable. Scan uses memory of its caller's, and allocates nothing.
package match
