// Package scan judges files by ClamAV's signatures, as their bytes come.
//
// Compile makes a Database of what package clamav read: immutable, shared. A Scanner
// takes a file in pieces of any length. What it keeps of a file is bounded, 64 KiB: a window
// of its newest bytes, which facts were found, hashes. Where a bound is reached
// Scanner.OverLimit says so.
//
// Patterns are divided at long gaps into pieces, and each piece is code (code.go,
// cut.go). A piece has bytes in a row that are fixed, its anchor, by which it is recognised:
// grams of four bytes are looked up in a bitmap at every third place of the file, those of
// pieces with fewer fixed bytes at every place (gram.go). The code runs where an anchor
// stands (verify.go); what must stand before is looked for among what was found (state.go).
// Signatures that write the same pattern share it: it is one fact.
//
// A fact is the key of some signatures: those that cannot hold without it. They are judged
// when it is found (logic.go, look.go). What depends on the end of the file is judged on a
// copy of the state, by AtEnd, which may be asked time and again (end.go).
//
// The kind of file is told by its first bytes (kind.go); of a program of Windows the headers
// are read (program.go), the hashes of its sections (section.go) and imports (imports.go)
// computed. Hashes are computed only as long as a signature may know the file by its size.
//
// What differs from ClamAV: files of HTML and text are not made normal, but compared without
// regard to case; regular expressions see the newest 16 KiB, not the file; icons, HandlerType,
// macros and fuzzy hashes are not compared (such signatures are problems); import tables
// count if they lie within 10 KiB behind their directory, and ordinals have no names.
package scan
