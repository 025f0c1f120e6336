package evade

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"vxwall/bench/lab/labtest"
	"vxwall/bench/load"
	"vxwall/pipeline/stream"
)

// host is a kernel's TCP behind a TUN device.
type host struct {
	ns  *load.Namespace
	tun int
}

func newHost(t *testing.T, address [4]byte) *host {
	t.Helper()
	ns, err := load.NewNamespace("host", -1)
	if err != nil {
		t.Fatal(err)
	}
	h := &host{ns: ns, tun: -1}
	t.Cleanup(func() {
		if h.tun >= 0 {
			unix.Close(h.tun)
		}
		ns.Close()
	})
	if err := ns.Do(func() (err error) { h.tun, err = openTUN(address[:]); return err }); err != nil {
		t.Fatal(err)
	}
	return h
}

// road carries packets between two hosts, through a wall, and loses, repeats and delays some
// on both sides of it.
type road struct {
	ends   [2]*host
	wall   *streamWall
	bad    int // per thousand
	random *rand.Rand
	late   [2][][]byte
	stop   chan struct{}
	done   chan struct{}
}

func (r *road) run() {
	defer close(r.done)
	buffer := make([]byte, 65536)
	for {
		select {
		case <-r.stop:
			return
		default:
		}
		poll := []unix.PollFd{{Fd: int32(r.ends[0].tun), Events: unix.POLLIN}, {Fd: int32(r.ends[1].tun), Events: unix.POLLIN}}
		unix.Poll(poll, 1)
		for i, h := range r.ends {
			if n, err := unix.Read(h.tun, buffer); err == nil {
				r.carry(buffer[:n], i)
			} else {
				r.flush(i)
			}
		}
	}
}

// carry takes a packet that the host i sent.
func (r *road) carry(packet []byte, i int) {
	switch lot := r.random.IntN(2000); {
	case lot < r.bad: // lost before the wall
	case lot < 2*r.bad: // late
		r.late[i] = append(r.late[i], bytes.Clone(packet))
	case lot < 3*r.bad: // twice
		r.pass(bytes.Clone(packet), i)
		r.pass(packet, i)
	default:
		r.pass(packet, i)
	}
	if len(r.late[i]) > 3 {
		r.flush(i)
	}
}

func (r *road) flush(i int) {
	for _, packet := range r.late[i] {
		r.pass(packet, i)
	}
	r.late[i] = r.late[i][:0]
}

func (r *road) pass(packet []byte, i int) {
	if _, tcp := Parse(packet); !tcp || r.wall.Pass(packet, i == 0) && r.random.IntN(2000) >= r.bad {
		unix.Write(r.ends[1-i].tun, packet)
	}
}

// TestHonestConnection has two kernels exchange data over a road with losses, through streams
// that are put together. Without losses nothing may be changed or dropped; with them, nothing
// but what came late, and what its receiver has.
func TestHonestConnection(t *testing.T) {
	labtest.NeedRoot(t)
	for _, bad := range []int{0, 10} {
		t.Run(fmt.Sprintf("%d of 2000 lost", bad), func(t *testing.T) { exchange(t, bad) })
	}
}

func exchange(t *testing.T, bad int) {
	client, server := newHost(t, attacker), newHost(t, receiver)
	pool := stream.NewPool(stream.PoolConfig{Inline: true})
	r := &road{ends: [2]*host{client, server}, bad: bad, random: rand.New(rand.NewPCG(1, 2)), stop: make(chan struct{}), done: make(chan struct{})}
	r.wall = &streamWall{conn: pool.Open()}
	go r.run()
	defer func() { <-r.done }()
	defer close(r.stop)
	var listener net.Listener
	var conn net.Conn
	address := net.JoinHostPort(net.IP(receiver[:]).String(), fmt.Sprint(receiverPort))
	if err := server.ns.Do(func() (err error) { listener, err = net.Listen("tcp4", address); return err }); err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	data := make([]byte, 4<<20)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	// The server sends all back.
	go func() {
		if c, err := listener.Accept(); err == nil {
			defer c.Close()
			io.Copy(c, c)
		}
	}()
	err := client.ns.Do(func() (err error) { conn, err = net.DialTimeout("tcp4", address, 20*time.Second); return err })
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(60 * time.Second))
	go func() {
		conn.Write(data)
		conn.(*net.TCPConn).CloseWrite()
	}()
	back, err := io.ReadAll(conn)
	if err != nil || !bytes.Equal(back, data) {
		t.Errorf("%d of %d bytes came back, %v", len(back), len(data), err)
	}
	time.Sleep(50 * time.Millisecond)
	s := pool.Stats()
	t.Logf("%+v", s)
	if s.Rewritten != s.Zeroed || s.Gaps != 0 || s.Overlapped != 0 || bad == 0 && (s.Rewritten > 0 || s.Dropped != ([7]uint64{})) {
		t.Errorf("an honest connection was changed: %+v", s)
	}
}
