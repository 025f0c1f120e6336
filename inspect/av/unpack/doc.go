// Package unpack opens archives, documents and messages that lie in memory and
// shows the members to a Visitor, and theirs, within Limits.
//
// It runs beside the road of packets, one Walk in one goroutine, on files that
// were written by whoever wants the walk to take for ever. So it may allocate, but
// never what a header says: what is held grows with what has come out, and each
// member is unpacked in pieces between which the limits are looked at.
//
// In the order of a walk:
//
//   - walk.go: Walk, the state of a walk, how errors become the Result
//   - sniff.go, snifftext.go: what a file is, named as ClamAV does (kind.go)
//   - openers.go: which function opens which kind
//   - show.go: one member from Begin to End, and the opening of what it is
//   - guard.go: the one place where a panic is caught
//   - window.go, bits.go, huffman.go: what our own decoders share
//   - extents.go: members that are parts of one stream
//
// # What is opened
//
//   - zip: local headers and the central directory, members that only one of them
//     has, sizes after the data, ZIP64, anything in front; methods stored, Implode,
//     DEFLATE, DEFLATE64, bzip2, LZMA, Zstandard, xz; OOXML is zip
//   - 7z: copy, LZMA, LZMA2, DEFLATE, DEFLATE64, bzip2, Zstandard, the filters for
//     programs (BCJ2 too) and Delta; packed headers; not PPMd
//   - RAR 1.5 to 5, ARJ, cabinets (stored, MSZIP, LZX; not Quantum), ISO 9660 with
//     Joliet, tar of all kinds, cpio of all kinds, Symbian's installer of old
//   - gzip, bzip2, xz, lzma-alone, Zstandard, MS-DOS's SZDD
//   - mail and mailboxes: multiparts, base64, quoted-printable, uuencode, BinHex, TNEF
//   - OLE2: streams, embedded files, packed objects of PowerPoint, source of macros
//   - PDF: streams with Flate, LZW, run length, hex and ASCII85, one on the other
//   - RTF: embedded objects; HTML: data addresses; CHM: both sections
//   - programs for Windows: zip, RAR, 7z, cabinets and OLE2 that they carry
//
// # What is not
//
// Nothing is decrypted: such members are shown with Encrypted set and no bytes.
// What several volumes share is shown as far as it stands in the file. Checks
// (CRC) are not compared, as what unpacks is to be scanned whether right or wrong.
//
// Executable packers are not undone: of ClamAV's test files those of ASPack, FSG,
// MEW, PESpin, Petite, Upack, UPX, WWPack and yC are left out, for each would need
// an emulation of its unpacker. Left out are also installers with archives of
// their own: NSIS, AutoIt's compiled scripts (EA05, EA06), InstallShield (its
// cabinets, and its wrapping of an MSI). They are shown to nobody as members; the
// program itself is still scanned by its caller.
//
// # Outcomes
//
// The gravest that was met counts. Limits of depth, ratio and memory end one member, and
// its siblings are still looked at; those of members, size and time end the walk.
package unpack
