// Package evade tries to get an attack past a firewall that puts TCP streams together: it
// sends the bytes of the attack in ways that a firewall and the receiver behind it may read
// differently, to the TCP of this machine's kernel, and asks what its reader got.
//
// The kernel stands behind a TUN device in a namespace of its own (receiver.go). A talk (talk.go)
// is one connection of the attacker, whose packets (packet.go) all pass a Wall, as do
// the kernel's. What it sends is a plan (plan.go), and mutations make plans worse (mutation.go).
package evade
