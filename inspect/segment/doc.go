// Package segment is the first stage: the segment ACL. It compiles a rule set
// into a policy that all workers share, and judges the first packet of each
// flow by it.
//
// A lookup has two steps. The first finds the class of each end, which stands
// for all segments that it belongs to, the second the first rule for the two
// classes. See README.md for how, what it costs and what bounds it.
//
// The stage:
//
//	stage.go     packet -> verdict; what the flow remembers
//	control.go   ARP, ND, DHCP, broadcast, multicast
//	bindings.go  the group of a packet's receiver, learned
//
// The policy, in the order of a lookup:
//
//	policy.go    Query, Decision, Policy
//	lookup.go    Lookup and its Scratch
//	tree.go      workload -> class: VNI (stab.go, numbers.go), group, MAC, prefix (prefixes.go)
//	services.go  class x class -> first rule, by service
//	pairs.go     segments x segments -> first rule, where there are too many classes
//
// How it is compiled:
//
//	compile.go   the steps
//	names.go     rules' lists of names -> identifiers, includes
//	plant.go     segments -> drafts of the tree; grow.go: drafts -> tree
//	classes.go   lists of segments -> classes
//	matrix.go    pairs -> classes x classes; merge.go: rules -> tables of services
//	ranges.go    ranges of numbers: canonical form, aligned blocks
//
// What is said about it, from the plain values of the rule set:
//
//	direct.go    every segment and rule, judged one by one
//	explain.go   why; text.go: in words
//	assume.go    what a query leaves open
//	nearest.go   what would flip the verdict; change.go: made to a set
//	assert.go    the asserts of a set
package segment
