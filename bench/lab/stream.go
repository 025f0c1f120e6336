package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// Stream is numbered UDP datagrams from a place to its peer at a steady rate.
type Stream struct {
	From Place
	Six  bool   // IPv6
	Port uint16 // 0 means 5201
	Rate int    // datagrams a second; 0 means 1000
	Size int    // bytes of UDP payload; 0 means 64
	Echo bool   // the receiver sends every datagram back
}

// RunningStream is a stream until it is stopped.
type RunningStream struct {
	Stream
	ledger    ledger
	sender    *net.UDPConn
	receiver  *net.UDPConn
	cancel    context.CancelFunc // ends the sending
	sending   sync.WaitGroup
	receiving sync.WaitGroup
	stop      sync.Once
}

const (
	streamNumber = 8                      // bytes of payload: the datagram's number
	bufferBytes  = 32 << 20               // of sockets: a receiver that is late loses nothing
	drainTime    = 2 * time.Second        // Stop waits so long for those under way
	quietTime    = 200 * time.Millisecond // or until none has come for so long
)

// Stream starts a stream, which runs until it is stopped, ctx is done or the lab
// goes. The caller must stop it.
func (l *Lab) Stream(ctx context.Context, s Stream) (*RunningStream, error) {
	if s.Port == 0 {
		s.Port = defaultPort
	}
	if s.Rate == 0 {
		s.Rate = 1000
	}
	if s.Size == 0 {
		s.Size = 64
	}
	s.Size = max(s.Size, streamNumber)
	r := &RunningStream{Stream: s}
	if err := r.open(l); err != nil {
		return nil, errors.Join(fmt.Errorf("start stream from %s: %w", s.From, err), r.close())
	}
	ctx, r.cancel = context.WithCancel(ctx)
	r.receiving.Go(r.receive)
	r.receiving.Go(r.receiveEchoes)
	r.sending.Go(func() { r.send(ctx) })
	l.atDown(func() error { r.Stop(); return nil })
	return r, nil
}

func (r *RunningStream) open(l *Lab) error {
	from, to := r.From, r.From.Peer()
	target := net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.Addr(r.Six), r.Port))
	err := l.In(to, func() (err error) {
		r.receiver, err = net.ListenUDP("udp", target)
		return err
	})
	if err != nil {
		return err
	}
	err = l.In(from, func() (err error) {
		r.sender, err = net.DialUDP("udp", &net.UDPAddr{IP: from.Addr(r.Six).AsSlice()}, target)
		return err
	})
	if err != nil {
		return err
	}
	return errors.Join(
		setSocket(r.receiver, unix.SO_RCVBUFFORCE, bufferBytes),
		setSocket(r.sender, unix.SO_RCVBUFFORCE, bufferBytes),
		setSocket(r.receiver, unix.SO_TIMESTAMPNS, 1))
}

func (r *RunningStream) close() (err error) {
	for _, conn := range []*net.UDPConn{r.sender, r.receiver} {
		if conn != nil {
			err = errors.Join(err, conn.Close())
		}
	}
	return err
}

func setSocket(conn *net.UDPConn, option, value int) error {
	raw, err := conn.SyscallConn()
	if err != nil {
		return err
	}
	var optErr error
	err = raw.Control(func(fd uintptr) { optErr = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, option, value) })
	if err = errors.Join(err, optErr); err != nil {
		return fmt.Errorf("set socket option %d: %w", option, err)
	}
	return nil
}

// send sends what is due, every millisecond.
func (r *RunningStream) send(ctx context.Context) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	b, begin, n := make([]byte, r.Size), time.Now(), 0
	for ctx.Err() == nil {
		for due := int(time.Since(begin).Seconds() * float64(r.Rate)); n < due && ctx.Err() == nil; n++ {
			binary.BigEndian.PutUint64(b, r.ledger.send())
			if _, err := r.sender.Write(b); err != nil {
				r.ledger.takeBack()
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// receive counts datagrams until the socket is closed.
func (r *RunningStream) receive() {
	b, control := make([]byte, 1<<16), make([]byte, 64)
	for {
		n, m, _, from, err := r.receiver.ReadMsgUDPAddrPort(b, control)
		if err != nil {
			return
		}
		if n < streamNumber {
			continue
		}
		r.ledger.receive(binary.BigEndian.Uint64(b), arrival(control[:m]))
		if r.Echo {
			r.receiver.WriteToUDPAddrPort(b[:n], from) // one that fails is an echo that does not come
		}
	}
}

// receiveEchoes counts what comes back until the socket is closed: datagrams, and as
// errors of the socket ICMP errors.
func (r *RunningStream) receiveEchoes() {
	b := make([]byte, 1<<16)
	for {
		n, err := r.sender.Read(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			r.ledger.refused()
		} else if n >= streamNumber {
			r.ledger.echoed()
		}
	}
}

// arrival is the kernel's time of arrival, from the one control message of
// SO_TIMESTAMPNS: a header of 16 bytes, then struct timespec.
func arrival(control []byte) time.Time {
	if len(control) < 32 {
		return time.Now()
	}
	return time.Unix(int64(binary.NativeEndian.Uint64(control[16:])), int64(binary.NativeEndian.Uint64(control[24:])))
}

// Report is what was counted until now.
func (r *RunningStream) Report() StreamReport { return r.ledger.sum() }

// Stop ends the stream, waits for what is under way and reports. It may be
// called again.
func (r *RunningStream) Stop() StreamReport {
	r.stop.Do(func() {
		r.cancel()
		r.sending.Wait()
		r.drain()
		r.close() // of sockets that only this stream has
		r.receiving.Wait()
	})
	return r.Report()
}

// drain waits until all has come, or nothing more comes.
func (r *RunningStream) drain() {
	for end := time.Now().Add(drainTime); time.Now().Before(end); {
		before := r.Report()
		if before.Lost() == 0 && (!r.Echo || before.Echoed == before.Sent) {
			return
		}
		time.Sleep(quietTime)
		if after := r.Report(); after.Received == before.Received && after.Echoed == before.Echoed {
			return
		}
	}
}
