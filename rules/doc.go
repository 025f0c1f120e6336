// Package rules reads what the operator writes, TOML policy files, into typed
// and validated values. It finds every problem of every file in one run, each
// at its line and column.
//
// It knows nothing of packets, flows or stages and imports nothing of vxwall:
// the stages (inspect/segment first) compile a [Set] into what they look up.
//
// The pieces, in the order a file passes through them:
//
//	load.go      paths -> files in name order -> Set and Problems
//	position.go  where each key and value stands in the source text
//	decode.go    TOML tables -> typed values, unknown keys, wrong types
//	resolve.go   names -> indices: segments, services, includes
//	cover.go     rules that earlier rules cover
//	problem.go   a Problem and how it is shown
//	model.go     the values themselves
package rules
