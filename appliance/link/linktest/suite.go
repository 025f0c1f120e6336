package linktest

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"vxwall/pipeline"
)

// Link is a link under test.
type Link struct {
	Queue pipeline.Queue
	// Sent returns the frames transmitted, in order. It is called once the
	// queue is closed.
	Sent func() [][]byte
	// Answers returns the frames that the pipeline made, if they leave apart
	// from the others; else it is nil.
	Answers func() [][]byte
	// Raw says that the link receives and transmits IP packets: the frames
	// without their Ethernet header.
	Raw bool
}

// pass returns frames as they pass through the link.
func (l *Link) pass(frames [][]byte) [][]byte {
	if !l.Raw {
		return frames
	}
	var raw [][]byte
	for _, f := range frames {
		raw = append(raw, f[ipStart:])
	}
	return raw
}

func (l *Link) linkType() pipeline.LinkType {
	if l.Raw {
		return pipeline.LinkRaw
	}
	return pipeline.LinkEthernet
}

// Open opens a link that will receive frames of Ethernet, in order, and no
// others. It may end after them or wait for more.
type Open func(t *testing.T, frames [][]byte) Link

// patience is how long a frame or an end may be in coming.
const patience = 10 * time.Second

// Suite holds a link to the contract of pipeline.Queue.
func Suite(t *testing.T, open Open) {
	tests := []struct {
		name string
		run  func(*testing.T, Open)
	}{
		{"frames arrive whole and in order", testReceive},
		{"frames are borrowed until they are sent", testBorrow},
		{"nobody's frames are dropped", testDrop},
		{"what passes is transmitted", testTransmit},
		{"a link without frames", testNoFrames},
		{"close ends all", testClose},
		{"close while receiving", testCloseWhileReceiving},
		{"send after close", testSendAfterClose},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			// Not deferred: after a failure what is left says nothing.
			before := goleak.IgnoreCurrent()
			tt.run(t, open)
			goleak.VerifyNone(t, before)
		})
	}
}

// recv receives a batch that is not empty, or returns false at the end of the
// link.
func recv(t *testing.T, q pipeline.Queue, b *pipeline.Batch) bool {
	t.Helper()
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		err := q.Recv(b)
		if errors.Is(err, pipeline.ErrClosed) && b.Len() == 0 {
			return false
		}
		if err != nil && !errors.Is(err, pipeline.ErrTimeout) && !errors.Is(err, pipeline.ErrClosed) {
			t.Fatal(err)
		}
		if b.Len() > 0 {
			return true
		}
	}
	t.Fatalf("no frame in %v", patience)
	return false
}

func send(t *testing.T, q pipeline.Queue, b *pipeline.Batch) {
	t.Helper()
	if err := q.Send(b); err != nil {
		t.Fatal(err)
	}
	checkEmpty(t, b)
}

func closeLink(t *testing.T, q pipeline.Queue) {
	t.Helper()
	if err := q.Close(); err != nil {
		t.Fatal(err)
	}
}

func testReceive(t *testing.T, open Open) {
	frames := count(5*pipeline.BatchSize+7, pass)
	l := open(t, frames)
	o := &observed{Queue: l.Queue, t: t}
	b := new(pipeline.Batch)
	last := int64(0)
	for len(o.received) < len(frames) && recv(t, o, b) {
		for i := range b.Len() {
			if p := b.Packet(i); p.Link() != l.linkType() || p.Time() < last {
				t.Fatalf("link type %d, time %d after %d", p.Link(), p.Time(), last)
			}
			last = b.Packet(i).Time()
		}
		send(t, l.Queue, b)
	}
	checkFrames(t, "received", o.received, l.pass(frames))
	if n := l.Queue.Headroom(); n < 0 {
		t.Errorf("headroom %d", n)
	}
	closeLink(t, l.Queue)
}

// testBorrow changes each frame in place and appends to it, as a worker may:
// no other frame of the batch may suffer.
func testBorrow(t *testing.T, open Open) {
	frames := count(3*pipeline.BatchSize, pass)
	l := open(t, frames)
	frames = l.pass(frames)
	b := new(pipeline.Batch)
	for at := 0; at < len(frames) && recv(t, l.Queue, b); {
		for i := range b.Len() {
			f := b.Packet(i).Bytes()
			if !bytes.Equal(f, frames[at]) {
				t.Fatalf("frame %d changed while it was borrowed:\n got %x\nwant %x", at, f, frames[at])
			}
			spoil(append(f, make([]byte, 32)...))
			spoil(f)
			at++
		}
		send(t, l.Queue, b)
	}
	closeLink(t, l.Queue)
}

func testDrop(t *testing.T, open Open) {
	frames := count(100, pass)
	l := open(t, frames)
	b := new(pipeline.Batch)
	for n := 0; n < len(frames) && recv(t, l.Queue, b); {
		n += b.Len()
		send(t, l.Queue, b) // no verdict
	}
	closeLink(t, l.Queue)
	checkFrames(t, "sent", l.Sent(), nil)
}

func testTransmit(t *testing.T, open Open) {
	frames := mixed(t, 500)
	l := open(t, frames)
	o := &observed{Queue: l.Queue, t: t, apart: l.Answers != nil}
	w := newWorker(o)
	for deadline := time.Now().Add(patience); len(o.received) < len(frames); {
		if err := w.Step(); err != nil && !errors.Is(err, pipeline.ErrTimeout) {
			t.Fatalf("after %d of %d frames: %v", len(o.received), len(frames), err)
		}
		if time.Now().After(deadline) {
			t.Fatalf("%d of %d frames in %v", len(o.received), len(frames), patience)
		}
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	closeLink(t, l.Queue)
	checkFrames(t, "received", o.received, l.pass(frames))
	if c := w.Counters(); c.Answers == 0 && !l.Raw || len(o.frames) == 0 || len(o.frames) == len(frames) {
		t.Fatalf("nothing to see: %d frames and %d answers to send of %d", len(o.frames), c.Answers, len(frames))
	}
	checkFrames(t, "sent", l.Sent(), o.frames)
	if l.Answers != nil {
		checkFrames(t, "answers", l.Answers(), o.answers)
	}
}

func testNoFrames(t *testing.T, open Open) {
	l := open(t, nil)
	b := new(pipeline.Batch)
	if err := l.Queue.Recv(b); !errors.Is(err, pipeline.ErrTimeout) && !errors.Is(err, pipeline.ErrClosed) || b.Len() > 0 {
		t.Errorf("got %d packets and error %v", b.Len(), err)
	}
	send(t, l.Queue, b)
	closeLink(t, l.Queue)
	checkFrames(t, "sent", l.Sent(), nil)
}

func testClose(t *testing.T, open Open) {
	l := open(t, count(10, pass))
	for range 2 {
		closeLink(t, l.Queue)
		b := new(pipeline.Batch)
		if err := l.Queue.Recv(b); !errors.Is(err, pipeline.ErrClosed) || b.Len() > 0 {
			t.Errorf("got %d packets and error %v, want ErrClosed", b.Len(), err)
		}
	}
	checkFrames(t, "sent", l.Sent(), nil)
}

// testCloseWhileReceiving closes from another goroutine, as an operator does.
func testCloseWhileReceiving(t *testing.T, open Open) {
	l := open(t, count(1000, pass))
	ended := make(chan error, 1)
	go func() {
		b := new(pipeline.Batch)
		for {
			err := l.Queue.Recv(b)
			l.Queue.Send(b)
			if err != nil && !errors.Is(err, pipeline.ErrTimeout) {
				ended <- err
				return
			}
		}
	}()
	closeLink(t, l.Queue)
	select {
	case err := <-ended:
		if !errors.Is(err, pipeline.ErrClosed) {
			t.Errorf("got error %v, want ErrClosed", err)
		}
	case <-time.After(patience):
		t.Fatalf("still receiving %v after Close", patience)
	}
}

func testSendAfterClose(t *testing.T, open Open) {
	l := open(t, count(10, pass))
	b := new(pipeline.Batch)
	if !recv(t, l.Queue, b) {
		t.Fatal("no frame")
	}
	closeLink(t, l.Queue)
	send(t, l.Queue, b) // nothing to transmit, but to recycle
}
