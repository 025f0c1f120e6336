// Package conformance puts somebody else's tests to vxwall: the suricata-verify suite in
// ../shared/conformance, with its own runner. Its test keeps passing.txt, the list of
// tests that pass, from shrinking; `make conformance` prints the measures.
package conformance
