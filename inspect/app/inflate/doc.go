// Package inflate decodes DEFLATE (RFC 1951) and the formats around it, gzip
// (RFC 1952) and zlib (RFC 1950), and LZMA, from bytes that come in pieces. The standard
// library pulls from a reader that has to block until bytes are there; a parser
// of a flow cannot block and has no goroutine of its own.
//
// [Decoder] takes whatever there is, and stops at any bit of it. Its memory is fixed:
// a window of at most 32 KiB, which grows as output comes, and two tables. [Stream] is
// a Decoder with the header that a peer announced, or forgot, or lied about: it is
// as lenient as browsers are.
//
//	decoder.go  blocks, symbols, copies
//	huffman.go  tables of one code
//	window.go   the last 32 KiB of output
//	stream.go   gzip, zlib, LZMA, or none of them
//	lzma.go     LZMA: header, range coder
//	lzmasymbol.go  literals and copies of LZMA
package inflate
