package unpack

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"
	"time"
)

// sink takes all and keeps nothing.
type sink struct{}

func (sink) Begin(*Member)      {}
func (sink) Write([]byte) error { return nil }
func (sink) End(*Member)        {}

// bomb is a file that would take more than there is.
type bomb struct {
	name string
	file []byte
	out  Outcome
	lim  Limit
}

func bombs(t testing.TB) []bomb {
	zeros := make([]byte, 64<<20)
	nested := zipped(t, "0", zeros[:8<<20])
	for range 4 {
		nested = zipped(t, "z.zip", nested, nested, nested, nested, nested, nested, nested, nested)
	}
	deep := gzipped([]byte("bottom"))
	for range 500 {
		deep = gzipped(deep)
	}
	lzmaHead := append([]byte{0x5d, 0xff, 0xff, 0xff, 0xff}, bytes.Repeat([]byte{0xff}, 8)...)
	return []bomb{
		{"zips in zips, eight in each", nested, OverLimit, LimitRatio},
		{"gzip 500 deep", deep, OverLimit, LimitDepth},
		{"64 MiB of zeros", gzipped(zeros), OverLimit, LimitRatio},
		{"gzip of 100,000 members", bytes.Repeat(gzipped(nil), 100_000), OverLimit, LimitMembers},
		{"zip of members that share their bytes", fifield(1000), Broken, NoLimit},
		{"zip that claims 4 GB", localOnly("a", 8, deflated([]byte("x")), 1<<32-1), Broken, NoLimit},
		{"lzma with a dictionary of 4 GiB", append(lzmaHead, make([]byte, 32)...), Broken, NoLimit},
		{"7z that counts 2^40 files", sevenZipOf([]byte{szHeader, szFiles, 0xfc, 0, 0, 0, 0, 0, 1}), OverLimit, LimitMembers},
		{"zstd with a window of 1 GiB", []byte("\x28\xb5\x2f\xfd\x00\xa0\x01\x00\x00"), Broken, NoLimit},
		{"mail nested 400 deep", nestedMail(400), OverLimit, LimitDepth},
	}
}

// fifield makes a zip of n members that are the same bytes.
func fifield(n int) []byte {
	packed := deflated(make([]byte, 1<<20))
	out := localOnly("a", 8, packed, 1<<20)
	at := len(out)
	for range n {
		out = append(out, central("a", 8, len(packed), 1<<20, 0)...)
	}
	return append(out, zipTail(n, len(out)-at, at)...)
}

func sevenZipOf(header []byte) []byte {
	out := append([]byte("7z\xbc\xaf\x27\x1c\x00\x04"), make([]byte, 12)...)
	out = binary.LittleEndian.AppendUint64(out, uint64(len(header)))
	return append(append(out, 0, 0, 0, 0), header...)
}

func nestedMail(n int) []byte {
	out := []byte("From: a\nTo: b\n")
	for i := range n {
		b := string(rune('a'+i%26)) + string(rune('a'+i/26))
		out = append(out, "Content-Type: multipart/mixed; boundary="+b+"\n\n--"+b+"\n"...)
	}
	return out
}

// TestBombs: each ends with what it is, within bounds of memory and time.
func TestBombs(t *testing.T) {
	const mostHeap, mostTime = 96 << 20, 5 * time.Second
	for _, b := range bombs(t) {
		t.Run(b.name, func(t *testing.T) {
			runtime.GC()
			peak, stop := watchHeap()
			start := time.Now()
			res := Walk(b.file, Limits{}, sink{})
			took := time.Since(start)
			heap := peak.Load()
			stop()
			t.Logf("%d bytes: %s, %s, %d members, %d bytes shown; heap %.1f MiB, %v", len(b.file), res.Outcome, limitNames[res.Limit], res.Members, res.Size, float64(heap)/(1<<20), took.Round(10*time.Microsecond))
			if res.Outcome != b.out || res.Limit != b.lim {
				t.Errorf("%+v, want %s, %s", res, b.out, limitNames[b.lim])
			}
			if heap > mostHeap || took > mostTime {
				t.Errorf("heap %d, time %v", heap, took)
			}
		})
	}
}

// watchHeap samples how much more the heap holds than at first.
func watchHeap() (peak *atomic.Int64, stop func()) {
	peak = new(atomic.Int64)
	sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(sample)
	first := int64(sample[0].Value.Uint64())
	quit, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			metrics.Read(sample)
			peak.Store(max(peak.Load(), int64(sample[0].Value.Uint64())-first))
			select {
			case <-quit:
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return peak, func() { close(quit); <-done }
}

// TestLimits: each limit is kept, and named.
func TestLimits(t *testing.T) {
	noise := make([]byte, 1<<20)
	for i, x := 0, uint32(1); i < len(noise); i++ {
		x = x*1664525 + 1013904223
		noise[i] = byte(x >> 24)
	}
	big := zipped(t, "a", noise, noise, noise)
	for _, c := range []struct {
		lim  Limits
		file []byte
		want Limit
	}{
		{Limits{Depth: 1}, gzipped(gzipped(noise)), LimitDepth},
		{Limits{Members: 2}, big, LimitMembers},
		{Limits{Size: 1 << 20}, big, LimitSize},
		{Limits{Memory: 1 << 18}, gzipped(big), LimitMemory},
		{Limits{Time: time.Nanosecond}, big, LimitTime},
		{Limits{Ratio: 2}, gzipped(make([]byte, 2<<20)), LimitRatio},
	} {
		if res := Walk(c.file, c.lim, sink{}); res.Outcome != OverLimit || res.Limit != c.want {
			t.Errorf("%+v: %+v", c.lim, res)
		}
	}
}

var errEnough = errors.New("enough")

// TestPanics: that of a decoder breaks a member, that of a visitor is the caller's.
func TestPanics(t *testing.T) {
	w := walker{lim: Default, visitor: sink{}, buffer: make([]byte, piece), end: time.Now().Add(time.Minute)}
	if err := w.show(box{kind: RAR}, Member{Claimed: -1}, (*counted)(nil)); err != nil || w.res.Cause != errPanic || w.res.Broken != 1 {
		t.Errorf("%v, %+v", err, w.res)
	}
	defer func() {
		if recover() != errEnough {
			t.Error("the visitor's panic was lost")
		}
	}()
	Walk(gzipped([]byte("x")), Limits{}, panicking{})
}

type panicking struct{ sink }

func (panicking) Write([]byte) error { panic(errEnough) }

type refusing struct{ sink }

func (refusing) Write([]byte) error { return errEnough }

func TestVisitorStops(t *testing.T) {
	res := Walk(zipped(t, "a", []byte("one"), []byte("two")), Limits{}, refusing{})
	if res.Outcome != Stopped || res.Cause != errEnough || res.Members != 1 {
		t.Errorf("%+v", res)
	}
}
