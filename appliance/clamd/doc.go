// Package clamd has files judged by a clamd process, through its socket: INSTREAM in
// sessions (clamd(8)), of which a few are kept open. A Client is an av.Engine. Whatever
// clamd does — answer late, with an error, or not at all — a file gets a finding before
// the deadline.
package clamd
