// Package chain evaluates the conditions that a signature has on one buffer:
// contents with all their modifiers, pcre, byte_test and the like, one after the
// other. A condition may be relative to where the one before it matched; if it
// fails, other matches of that one are tried, as Suricata tries them.
//
// A buffer may be a window on something that grows (a stream, a body). Places
// count from the beginning of the whole, and for a stream a match has to reach into what is
// new: what lies behind it has been judged.
//
//	chain.go    Chain, View, and the walk along a chain
//	content.go  content
//	number.go   numbers in bytes; byte_test, byte_jump, byte_extract, byte_math
//	other.go    pcre, isdataat, bsize, base64_decode, and what others evaluate
//	compile.go  suricata.Match into links
package chain
