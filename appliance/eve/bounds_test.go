package eve

import "testing"

// However long what a flow carries is, events take and keep bounded memory.
func TestLongTextIsCut(t *testing.T) {
	var f fields
	f.first = true
	f.String("url", make([]byte, 1<<20))
	if len(f.b) > 7*maxValue {
		t.Errorf("%d bytes", len(f.b))
	}
	r := newRing(2)
	r.slot().Text = f.b
	r.commit()
	r.done()
	if n := cap(r.events[0].Text); n > maxText {
		t.Errorf("the event keeps %d bytes", n)
	}
}
