// Package regex matches regular expressions as PCRE has them, over bytes.
//
// The language is that of rules: captures, lazy and possessive repetition,
// look-around, atomic groups, references back. A text is bytes, not characters of
// UTF-8: "\xff", "." and "[^a]" mean single bytes. Go's regexp cannot say
// either; the libraries that backtrack do so over runes, and allocate.
//
// Matching backtracks, as PCRE does, so that the same alternative is found. A match
// that takes many steps begins anew and remembers which states have failed: then
// its time is bounded by program times text. Where that takes too much memory,
// or the expression has references or look-around, a limit of steps ends it ([Machine.Exhausted]).
//
//	syntax.go   pattern -> tree
//	escape.go   escapes, classes
//	set.go      sets of bytes
//	compile.go  tree -> program
//	machine.go  program over text
package regex
