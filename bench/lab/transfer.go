package lab

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"time"
)

// Transfer is one TCP connection from a place to its peer, which carries random
// bytes there and their hash back.
type Transfer struct {
	From    Place
	Six     bool          // IPv6
	Port    uint16        // 0 means 5201
	Bytes   int64         // 0 means 1 MiB
	Timeout time.Duration // for the handshake; 0 means three seconds
}

// Transferred is what came of a Transfer.
type Transferred struct {
	Connected      bool // the handshake was done
	Sent, Received int64
	Hash           [sha256.Size]byte // of what was sent
	Arrived        [sha256.Size]byte // of what came, as the receiver says
	Took           time.Duration     // from the handshake's end to the answer
}

// Intact says whether exactly what was sent arrived.
func (t Transferred) Intact() bool {
	return t.Connected && t.Sent == t.Received && t.Hash == t.Arrived
}

// Gbits is the speed, in Gbit of data per second.
func (t Transferred) Gbits() float64 { return float64(t.Received) * 8 / t.Took.Seconds() / 1e9 }

// String is a line for people.
func (t Transferred) String() string {
	if !t.Connected {
		return "no connection"
	}
	state := "hash equal"
	if !t.Intact() {
		state = "NOT intact"
	}
	return fmt.Sprintf("%d bytes sent, %d arrived, %s, %.2f Gbit/s", t.Sent, t.Received, state, t.Gbits())
}

// ErrNoAnswer is that of a Transfer whose handshake timed out.
var ErrNoAnswer = errors.New("no answer")

// defaultPort is where connections and streams go.
const defaultPort = 5201

// Transfer runs a transfer. If the connection cannot be made, the error says
// whether it was refused (syscall.ECONNREFUSED) or there was ErrNoAnswer.
func (l *Lab) Transfer(ctx context.Context, t Transfer) (Transferred, error) {
	if t.Port == 0 {
		t.Port = defaultPort
	}
	if t.Bytes == 0 {
		t.Bytes = 1 << 20
	}
	if t.Timeout == 0 {
		t.Timeout = 3 * time.Second
	}
	listener, err := l.listen(ctx, t.From.Peer(), t)
	if err != nil {
		return Transferred{}, fmt.Errorf("transfer to %s: %w", t.From.Peer(), err)
	}
	defer listener.Close()
	received := make(chan int64, 1)
	serverCtx, cancel := context.WithCancel(ctx)
	go func() { received <- serve(serverCtx, listener) }()
	result, err := l.send(ctx, t, listener.Addr().String())
	listener.Close()
	if err != nil {
		cancel() // the receiver may wait for bytes that never come
	}
	result.Received = <-received
	cancel()
	if err != nil {
		return result, fmt.Errorf("transfer from %s to %s: %w", t.From, listener.Addr(), err)
	}
	return result, nil
}

// listen listens on plain TCP: Go's own default is Multipath TCP.
func (l *Lab) listen(ctx context.Context, at Place, t Transfer) (listener net.Listener, err error) {
	var lc net.ListenConfig
	lc.SetMultipathTCP(false)
	err = l.In(at, func() (err error) {
		listener, err = lc.Listen(ctx, "tcp", netip.AddrPortFrom(at.Addr(t.Six), t.Port).String())
		return err
	})
	return listener, err
}

// serve takes one connection, reads it to its end, and answers with the hash. It
// returns how many bytes came.
func serve(ctx context.Context, listener net.Listener) int64 {
	conn, err := listener.Accept()
	if err != nil {
		return 0
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	sum := sha256.New()
	n, err := io.CopyBuffer(struct{ io.Writer }{sum}, struct{ io.Reader }{conn}, make([]byte, 1<<18))
	if err == nil {
		conn.Write(sum.Sum(nil)) // the sender misses it if it fails
	}
	return n
}

// send connects, sends the bytes, and reads the receiver's hash.
func (l *Lab) send(ctx context.Context, t Transfer, to string) (result Transferred, err error) {
	var conn net.Conn
	err = l.In(t.From, func() (err error) {
		d := net.Dialer{Timeout: t.Timeout, LocalAddr: &net.TCPAddr{IP: t.From.Addr(t.Six).AsSlice()}}
		conn, err = d.DialContext(ctx, "tcp", to)
		return err
	})
	var cause net.Error
	if errors.As(err, &cause) && cause.Timeout() {
		err = fmt.Errorf("%w: %w", ErrNoAnswer, err)
	}
	if err != nil {
		return result, err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	result.Connected = true
	begin, sum := time.Now(), sha256.New()
	result.Sent, err = sendRandom(conn, sum, t.Bytes)
	if err == nil {
		err = conn.(*net.TCPConn).CloseWrite()
	}
	sum.Sum(result.Hash[:0])
	if err == nil {
		_, err = io.ReadFull(conn, result.Arrived[:])
	}
	result.Took = time.Since(begin)
	return result, errors.Join(err, ctx.Err())
}

// sendRandom writes n random bytes.
func sendRandom(w io.Writer, sum hash.Hash, n int64) (sent int64, err error) {
	random := rand.NewChaCha8([32]byte{})
	buf := make([]byte, 1<<18)
	for sent < n && err == nil {
		b := buf[:min(n-sent, int64(len(buf)))]
		random.Read(b) // never fails
		var m int
		m, err = w.Write(b)
		sum.Write(b[:m])
		sent += int64(m)
	}
	return sent, err
}
