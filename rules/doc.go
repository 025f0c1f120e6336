// Package rules reads what the operator writes, TOML policy files, into typed
// and validated values. It finds every problem of every file in one run, each
// at its line and column.
//
// It knows nothing of packets, flows or stages and imports nothing of vxwall but
// the reader of signatures (rules/suricata): the stages (inspect/segment first) compile a [Set] into what they look up.
//
// The pieces, in the order a file passes through them:
//
//	load.go      paths -> files in name order -> Set and Problems
//	text.go      a file's text: offsets -> lines and columns
//	syntax.go    text -> TOML tables; what is no TOML, and text made to harm
//	position.go  where each key and value stands: the index, and
//	scan.go      the scanner that builds it (lexical.go: strings, comments)
//	schema.go    a table read by its schema: unknown and missing keys, types
//	decode.go    all tables of a file -> drafts, one schema in each of
//	             policy.go segment.go service.go acl.go assert.go vars.go
//	             ips.go (choose.go) signature.go (sigmatch.go)
//	literal.go   services written out (protocols.go: numbers of the names)
//	compose.go   [[signature]] -> a rule in Suricata's language
//	rulefiles.go files of signatures that profiles name (package suricata)
//	resolve.go   names -> indices: segments, services, rules
//	include.go   segments that include others, without circles
//	cover.go     rules that earlier rules cover (interval.go: services,
//	             contain.go and criteria.go: segments within segments)
//	suggest.go   "did you mean"
//	report.go    the problems of a load, bounded and in order
//	problem.go   a Problem and how it is shown
//	model.go     the values themselves (modelips.go)
package rules
