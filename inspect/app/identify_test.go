package app

import (
	"bytes"
	"testing"

	"vxwall/pipeline/flow"
)

// greeting is a protocol whose client begins with "HELLO".
type greeting struct{}

func (greeting) Name() string         { return "greeting" }
func (greeting) Transport() Transport { return UDP }
func (greeting) Open(*Pool) Parser    { return &greeter{} }

func (greeting) Identify(data []byte, toServer bool) Answer {
	want := []byte("HELLO")
	n := min(len(data), len(want))
	if !toServer || !bytes.Equal(data[:n], want[:n]) {
		return No
	}
	if n < len(want) {
		return More
	}
	return Yes
}

// greeter keeps what it is given.
type greeter struct{ got [2]bytes.Buffer }

func (g *greeter) Parse(in *Input)          { g.got[in.Dir].Write(in.Data) }
func (g *greeter) Transactions() []*Tx      { return nil }
func (g *greeter) Release(int)              {}
func (g *greeter) Events() EventSet         { return EventSet{} }
func (g *greeter) Stopped() bool            { return false }
func (g *greeter) Switch() string           { return "" }
func (g *greeter) Close()                   {}
func newTestTracker() *Tracker              { return &Tracker{cfg: &Config{Protocols: []Protocol{greeting{}}}} }
func (t *Tracker) held() int                { return t.made - len(t.blocks) }
func to(dir flow.Direction, s string) Input { return Input{Dir: dir, Data: []byte(s)} }

// Whatever the pieces, the parser gets all bytes of both directions, once.
func TestIdentifyInPieces(t *testing.T) {
	text := "HELLO world, and what follows"
	for size := 1; size <= len(text); size++ {
		tracker, s := newTestTracker(), &Session{}
		tracker.feed(s, to(flow.ToInitiator, "a banner"))
		for at := 0; at < len(text); at += size {
			tracker.feed(s, to(flow.ToResponder, text[at:min(at+size, len(text))]))
		}
		g, ok := s.parser.(*greeter)
		if !ok || g.got[flow.ToResponder].String() != text {
			t.Fatalf("pieces of %d: parser %v", size, s.parser)
		}
		if n := tracker.held(); n != 0 {
			t.Errorf("pieces of %d: %d blocks are held", size, n)
		}
	}
}

func TestUnknownProtocolHoldsNothing(t *testing.T) {
	tracker, s := newTestTracker(), &Session{}
	tracker.feed(s, to(flow.ToResponder, "something else"))
	if _, how := s.App(); how != Unknown {
		t.Errorf("state %d after one direction, want unknown", how)
	}
	tracker.feed(s, to(flow.ToInitiator, "and back"))
	if _, how := s.App(); how != Failed || tracker.held() != 0 || tracker.made != 0 {
		t.Errorf("state %d, %d blocks held of %d made", how, tracker.held(), tracker.made)
	}
}

// Flows that begin and do not go on take no more memory than the bound.
func TestBeginningsAreBounded(t *testing.T) {
	tracker := newTestTracker()
	tracker.made = maxBlocks - 1
	first, second := &Session{}, &Session{}
	tracker.feed(first, to(flow.ToResponder, "HEL"))
	tracker.feed(second, to(flow.ToResponder, "HEL"))
	if first.ends[0].gone || !second.ends[0].gone {
		t.Errorf("given up: %v, %v; want the second alone", first.ends[0].gone, second.ends[0].gone)
	}
	tracker.feed(first, to(flow.ToResponder, "LO"))
	if _, how := first.App(); how != Known {
		t.Errorf("state %d, want known", how)
	}
}
