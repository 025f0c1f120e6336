// Package clamav reads virus databases in ClamAV's formats into typed values:
// plain files, directories of them, and the containers .cvd and .cld.
//
// It knows nothing of files that are scanned; inspect/av/scan compiles a [Set].
// A line that cannot be read is a [Problem] with its file, line and field; the
// rest is read all the same. What reads well but is not for us (another
// engine level, potentially unwanted applications, bytecode) is counted as [Skipped].
//
// The formats are described in ClamAV's manual, chapter "Signatures".
//
// The pieces, in the order a database passes through them:
//
//	load.go       paths -> files and their kinds
//	container.go  .cvd and .cld: header, tar; sign.go: their signatures
//	reader.go     a file -> lines; bounds; problems
//	hash.go       lines of .hdb .hsb .mdb .msb .imp .fp .sfp
//	body.go       lines of .ndb; offsets (offset.go) and patterns (pattern.go)
//	logical.go    lines of .ldb: description block (block.go), expression (expr.go),
//	              subsignatures (sub.go, compare.go)
//	other.go      lines of .cdb .ign .ign2
//	model.go      the values themselves (modelbody.go)
package clamav
