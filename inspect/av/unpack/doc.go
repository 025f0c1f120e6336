// Package unpack opens archives, mails and programs with archives behind them in memory,
// and shows what is in them: a Walk goes into members that are containers themselves. All
// that who made a file can make grow is bounded (Limits), and reaching a bound is an
// Outcome.
//
// Opened: zip (stored, deflate, bzip2, zstd, xz), gzip, bzip2, xz, zstd, tar, cpio, 7z,
// rar, mail (MIME, uuencode), OLE2, PDF streams (FlateDecode), HTML and RTF with embedded
// objects in base64 and hexadecimal digits, and archives appended to programs.
//
// Not opened: executable packers (UPX, aspack, fsg, mew, nsis, pespin, petite, upack,
// wwpack, yoda's crypter), InstallShield, AutoIt, arj, cab, chm, sis, szdd, binhex, TNEF,
// objects in PowerPoint streams, deflate64 and imploded zip members.
package unpack
