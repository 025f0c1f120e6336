package flow

// A passive table sees copies. It refuses nothing but what no sender combines, and a
// flow of which one direction is missing lives as long as any other. But as long as
// only one was seen, it makes room for newer ones when the table is full: whoever
// sends without an answer could fill it otherwise.

// goesOn says whether a flow of a passive table, other than TCP, had a packet before
// that nobody was seen to answer.
func (t *Table) goesOn(r *Record) bool { return t.cfg.Passive && r.Packets[ToResponder] > 0 }

// noteAnswered notes, in a passive table, that packets of both directions were seen:
// then a flow keeps its place.
func (t *Table) noteAnswered(r *Record) {
	listed := r.youngPrev != none || r.youngNext != none || t.young.head == t.young.tail
	if listed && r.State >= Established && r.Packets[ToResponder] > 0 && r.Packets[ToInitiator] > 0 {
		t.young.remove(t.records, t.number(r))
	}
}

// Ports from which servers answer, and to which clients have it answered (the range
// of Linux; that of RFC 6335 is a part of it).
const (
	lastServerPort  = 1023
	firstClientPort = 32768
)

// looksLikeAnswer says whether a UDP packet that begins a flow answers one that was
// not seen. TCP says so itself.
func looksLikeAnswer(k *Key) bool {
	return k.Proto == protoUDP && k.SrcPort <= lastServerPort && k.DstPort >= firstClientPort
}
