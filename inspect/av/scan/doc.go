// Package scan judges files by ClamAV's signatures, as their bytes come.
//
// Compile makes a Database of what package clamav read: immutable, shared. A Scanner
// takes a file in pieces of any length. What it keeps of a file is bounded: a window of
// its newest bytes, which parts of patterns were found, hashes.
//
// How patterns are found: each piece of a pattern has four bytes in a row that are fixed,
// its gram. Every four bytes of the file are looked up in a bitmap, which nearly none
// passes, then in a table that says which pieces have the gram where (gram.go). The piece
// is compared in full (piece.go), then what must stand before it is looked for among what
// was found (progress.go). Logical signatures count their patterns (count.go).
//
// A signature that is about a kind of file waits until the beginning of the file says
// what it is (kind.go, pe.go).
package scan
