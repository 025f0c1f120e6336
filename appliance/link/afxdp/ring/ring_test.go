package ring_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/cilium/ebpf"
	"golang.org/x/sys/unix"

	"vxwall/appliance/link/afxdp/ring"
	"vxwall/appliance/link/afxdp/vethtest"
)

const entries = 256

// pair is two sockets on one UMEM: what comes in at one leaves at the other.
type pair struct {
	wire    *vethtest.Wire
	umem    *ring.UMEM
	sockets [2]*ring.Socket
	cache   *ring.Cache
}

func open(t testing.TB, w *vethtest.Wire) *pair {
	t.Helper()
	umem, err := ring.NewUMEM(8*entries, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p := &pair{wire: w, umem: umem, cache: umem.Pool.NewCache()}
	for i := range p.sockets {
		if p.sockets[i], err = umem.Open(ring.Config{Interface: w.Index[i], Ring: entries}); err != nil {
			t.Fatal(err)
		}
		p.sockets[i].Refill(p.cache)
	}
	return p
}

func (p *pair) close(t testing.TB) {
	t.Helper()
	for _, s := range []*ring.Socket{p.sockets[1], p.sockets[0]} {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	if err := p.umem.Close(); err != nil {
		t.Error(err)
	}
}

// attach has all frames redirected to the sockets.
func (p *pair) attach(t testing.TB) {
	t.Helper()
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.XSKMap, KeySize: 4, ValueSize: 4, MaxEntries: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { m.Close() })
	for i, s := range p.sockets {
		if err := m.Put(uint32(i), uint32(s.FD())); err != nil {
			t.Fatal(err)
		}
		vethtest.ToSockets(t, p.wire.Index[i], m, i)
	}
}

// forward takes what came in at a socket to the other and returns how many
// frames there were.
func (p *pair) forward(from int) int {
	in, out := p.sockets[from], p.sockets[1-from]
	n := in.Peek(ring.Chunk)
	for i := range n {
		addr, size := in.At(i)
		if ok, _ := out.Push(addr, size); !ok {
			out.CountFull()
			p.cache.Put(p.umem.Base(addr))
		}
	}
	in.Take(n)
	out.Flush(p.cache)
	in.Refill(p.cache)
	return n
}

func (p *pair) forwardAll(from, n int) (got int) {
	for deadline := time.Now().Add(5 * time.Second); got < n && time.Now().Before(deadline); {
		got += p.forward(from)
	}
	return got
}

func (p *pair) check(t testing.TB) {
	t.Helper()
	p.cache.Show()
	sum := p.umem.Pool.Len() + p.cache.Len()
	for i, s := range p.sockets {
		s.Reap(p.cache)
		f := s.Frames()
		sum += f.Fill + f.Rx + f.Tx + f.Completion
		if f.Tx != 0 || f.Rx != 0 {
			t.Errorf("socket %d is not at rest: %+v", i, f)
		}
	}
	p.cache.Flush()
	sum = p.umem.Pool.Len()
	for _, s := range p.sockets {
		f := s.Frames()
		sum += f.Fill + f.Completion
	}
	if sum != p.umem.Pool.Frames() {
		t.Errorf("%d frames of %d", sum, p.umem.Pool.Frames())
	}
}

func numbered(n, size int) [][]byte {
	frames := make([][]byte, n)
	for i := range frames {
		frames[i] = append([]byte{2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 0x88, 0xb5, byte(i >> 8), byte(i)}, bytes.Repeat([]byte{byte(i)}, size-16)...)
	}
	return frames
}

func TestForward(t *testing.T) {
	p := open(t, vethtest.New(t, vethtest.Config{}))
	defer p.close(t)
	p.attach(t)
	for from := range 2 {
		for _, n := range []int{1, 64, 200} {
			frames := numbered(n, 64+n*5)
			p.wire.Ends[from].Send(frames...)
			if got := p.forwardAll(from, n); got != n {
				t.Fatalf("received %d frames of %d", got, n)
			}
			got := p.wire.Ends[1-from].Received(n, 5*time.Second)
			if len(got) != n {
				t.Fatalf("%d frames of %d left", len(got), n)
			}
			for i := range got {
				if !bytes.Equal(got[i], frames[i]) {
					t.Fatalf("frame %d: got %x, want %x", i, got[i], frames[i])
				}
			}
			p.check(t)
		}
	}
}

// TestBurst: more frames than the rings hold are lost where the kernel says so,
// and none twice.
func TestBurst(t *testing.T) {
	p := open(t, vethtest.New(t, vethtest.Config{}))
	defer p.close(t)
	p.attach(t)
	const n = 5 * entries
	p.wire.Ends[0].Send(numbered(n, 100)...)
	got := p.forwardAll(0, entries)
	stats, err := p.sockets[0].Stats()
	if err != nil || got != entries || stats.Lost() != n-entries || stats.Received != entries {
		t.Fatalf("%d frames, %+v, %v", got, stats, err)
	}
	if left := p.wire.Ends[1].Received(entries, 5*time.Second); len(left) != entries {
		t.Errorf("%d frames left", len(left))
	}
	p.check(t)
}

// TestTransmitFull: with the device down nothing leaves, nothing waits, and
// nothing is lost from the books.
func TestTransmitFull(t *testing.T) {
	p := open(t, vethtest.New(t, vethtest.Config{}))
	defer p.close(t)
	p.attach(t)
	vethtest.SetDown(t, p.wire.Ports[1], true)
	for range 3 {
		p.wire.Ends[0].Send(numbered(entries, 100)...)
		if got := p.forwardAll(0, entries); got != entries {
			t.Fatalf("received %d", got)
		}
	}
	s, _ := p.sockets[1].Stats()
	if f := p.sockets[1].Frames(); f.Tx != entries || s.TxFull != 2*entries {
		t.Errorf("%+v, %+v", f, s)
	}
	vethtest.SetDown(t, p.wire.Ports[1], false)
	p.sockets[1].Flush(p.cache)
	if got := p.wire.Ends[1].Received(entries, 5*time.Second); len(got) != entries {
		t.Errorf("%d frames left later", len(got))
	}
	p.check(t)
}

// TestPeerDown: the kernel drops what it is given, frame by frame.
func TestPeerDown(t *testing.T) {
	p := open(t, vethtest.New(t, vethtest.Config{}))
	defer p.close(t)
	p.attach(t)
	vethtest.SetDown(t, p.wire.Ends[1].Name, true)
	p.wire.Ends[0].Send(numbered(entries, 100)...)
	if got := p.forwardAll(0, entries); got != entries {
		t.Fatalf("received %d", got)
	}
	if s, _ := p.sockets[1].Stats(); s.Sent != entries || s.TxError != entries {
		t.Errorf("%+v", s)
	}
	p.check(t)
}

// TestReopen: what was closed can be bound again at once.
func TestReopen(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	for range 20 {
		open(t, w).close(t)
	}
}

// TestRefused: what the kernel would not take, and lose, stays the caller's.
func TestRefused(t *testing.T) {
	p := open(t, vethtest.New(t, vethtest.Config{}))
	defer p.close(t)
	addr, _ := p.cache.Get()
	for _, n := range []int{0, 13, 2048 - ring.Headroom + 1} {
		if ok, refused := p.sockets[0].Push(addr+ring.Headroom, n); ok || !refused {
			t.Errorf("%d bytes: %v, %v", n, ok, refused)
		}
	}
}

func TestAddress(t *testing.T) {
	umem, err := ring.NewUMEM(4, 2048)
	if err != nil {
		t.Fatal(err)
	}
	defer umem.Close()
	b := umem.Bytes(2048+256, 100)
	if addr, ok := umem.Address(b[4:]); !ok || addr != 2048+260 || umem.Base(addr) != 2048 {
		t.Errorf("address %d, %v", addr, ok)
	}
	for _, b := range [][]byte{nil, make([]byte, 10), umem.Bytes(2000, 100)} {
		if addr, ok := umem.Address(b); ok {
			t.Errorf("%d bytes have address %d", len(b), addr)
		}
	}
	if cap(b) != 100 {
		t.Errorf("capacity %d", cap(b))
	}
}

func TestCache(t *testing.T) {
	umem, err := ring.NewUMEM(300, 2048)
	if err != nil {
		t.Fatal(err)
	}
	defer umem.Close()
	a, b := umem.Pool.NewCache(), umem.Pool.NewCache()
	seen := map[uint64]bool{}
	for addr, ok := a.Get(); ok; addr, ok = a.Get() {
		seen[addr] = true
	}
	for addr := range seen {
		b.Put(addr)
	}
	b.Flush()
	if len(seen) != 300 || umem.Pool.Len() != 300 {
		t.Errorf("%d frames, %d free", len(seen), umem.Pool.Len())
	}
}

// TestBusy: a queue that somebody else holds is told from other problems.
func TestBusy(t *testing.T) {
	w := vethtest.New(t, vethtest.Config{})
	p := open(t, w)
	defer p.close(t)
	umem, err := ring.NewUMEM(64, 2048)
	if err != nil {
		t.Fatal(err)
	}
	defer umem.Close()
	if _, err := umem.Open(ring.Config{Interface: w.Index[0], Ring: entries}); err == nil || !bytes.Contains([]byte(err.Error()), []byte(unix.EBUSY.Error())) {
		t.Errorf("error %v", err)
	}
}
