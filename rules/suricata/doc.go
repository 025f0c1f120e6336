// Package suricata reads signatures in Suricata's rule language (versions 7 and
// 8) into typed values: rule files, classification, reference and threshold
// files, and the variables they use.
//
// It knows nothing of packets. Whoever judges packets (inspect/ips) compiles a
// [Signature] into what it looks up. A rule that cannot be read is a [Problem] at
// its file, line, column and keyword; the rest of the file is read all the same.
//
// The language is described in Suricata's user guide, chapter "Suricata Rules".
package suricata
