// Package suricata reads signatures in Suricata's rule language (versions 7 and
// 8) into typed values: rule files, classification, reference and threshold
// files, and the variables they use.
//
// It knows nothing of packets. Whoever judges packets (inspect/ips) compiles a
// [Signature] into what it looks up. A rule that cannot be read is a [Problem] at
// its file, line, column and keyword; the rest of the file is read all the same.
// Who judges packets says by Env.Refuse what it cannot use of a rule that reads
// well, and with [Signature.Problem] what it finds later.
//
// The language is described in Suricata's user guide, chapter "Suricata Rules".
//
// The pieces, in the order a file passes through them:
//
//	env.go       what rules refer to: variables, classes
//	lines.go     a file -> rules, each one line, whatever lines it was written in
//	lexer.go     a rule -> header and options
//	parse.go     all rules of a file; problems; one rule of a sid
//	build.go     one rule -> Signature: its header and, one by one, its options
//	group.go     sets of addresses (address.go) and ports (port.go), by way of
//	             interval.go
//	keyword.go   the table of all keywords, and how each is read:
//	             meta.go requires.go content.go regexp.go bytes.go bytemath.go
//	             number.go packet.go state.go filter.go dataset.go files.go
//	             words.go buffers.go
//	protocol.go  the protocols of headers
//	check.go     what contradicts itself in a rule, also its protocols and
//	             directions (conflict.go), or can never match (normal.go)
//	compose.go   rules that are written in another form
//	config.go    classification and reference files
//	thresholds.go  threshold files
//	vars.go      variables and more as JSON
//	model.go     the values themselves (modelbytes.go, modelstate.go)
package suricata
