// Package clamav reads ClamAV's databases of signatures: hashes of files and of PE
// sections, patterns (.ndb), and logical signatures (.ldb), in plain files, directories
// and containers (.cvd, .cld). What of them cannot be used is a Problem with its place,
// and the rest goes on.
//
// The files: read.go finds files and reads lines; container.go opens containers and
// checks their digital signature; hash.go, pattern.go, body.go, logical.go read a kind
// of line each; offset.go where in a file a pattern is looked for.
//
// Not read: bytecode (.cbc), YARA rules (.yar), icons (.idb), phishing (.pdb, .gdb,
// .wdb), certificates (.crb), container metadata (.cdb), file types (.ftm) and passwords
// (.pwdb); each file is named once in a Problem.
package clamav
