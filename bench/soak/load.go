package soak

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"vxwall/bench/lab"
)

// Load is what the lab's workloads did.
type Load struct {
	Connections uint64        `json:"tcp_connections"` // opened, used and closed
	Broken      uint64        `json:"tcp_broken"`      // not intact: none may be
	Bytes       uint64        `json:"tcp_bytes"`
	Refused     uint64        `json:"tcp_refused"` // by the policy, as they should be
	Leaked      uint64        `json:"tcp_leaked"`  // connected despite the policy: none may be
	Datagrams   uint64        `json:"udp_new_flows"`
	Pings       uint64        `json:"pings"`
	PingsLost   uint64        `json:"pings_lost"`
	Streamed    uint64        `json:"stream_sent"`
	StreamLost  uint64        `json:"stream_lost"`
	LongestLoss time.Duration `json:"stream_longest_loss_ns"`
	Trouble     string        `json:"trouble,omitempty"` // the first error
}

// loader keeps the lab busy.
type loader struct {
	lab  *lab.Lab
	done sync.WaitGroup
	mu   sync.Mutex
	load Load
}

const (
	streamRate  = 2000             // datagrams a second
	streamTime  = 30 * time.Second // of one stream
	transferLen = 256 << 10        // bytes of a connection
	churnRate   = 2000             // new UDP flows a second
	pingSize    = 4000             // bytes: three fragments
	deniedEvery = 500 * time.Millisecond
)

// start starts everything. It ends with ctx.
func (l *loader) start(ctx context.Context) {
	for i, from := range []lab.Place{lab.Left100, lab.Right100} {
		port := uint16(5203 + 2*i)
		l.repeat(ctx, func() error {
			return l.transfer(ctx, lab.Transfer{From: from, Port: port, Bytes: transferLen, Six: i == 1})
		})
		l.repeat(ctx, func() error { return l.stream(ctx, from) })
	}
	l.repeat(ctx, func() error { return l.ping(ctx) })
	l.repeat(ctx, func() error { return l.denied(ctx) })
	l.repeat(ctx, func() error { return l.churn(ctx) })
}

// repeat runs f again and again, and notes what goes wrong. What fails is not
// repeated at once.
func (l *loader) repeat(ctx context.Context, f func() error) {
	l.done.Go(func() {
		for ctx.Err() == nil {
			if err := f(); err != nil && ctx.Err() == nil {
				l.note(func(c *Load) { c.Trouble = cmp.Or(c.Trouble, err.Error()) })
				sleep(ctx, time.Second)
			}
		}
	})
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// note changes the counts.
func (l *loader) note(f func(*Load)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f(&l.load)
}

// transfer is one TCP connection, from handshake to close.
func (l *loader) transfer(ctx context.Context, t lab.Transfer) error {
	got, err := l.lab.Transfer(ctx, t)
	if ctx.Err() != nil {
		return nil
	}
	l.note(func(c *Load) {
		c.Connections++
		c.Bytes += uint64(got.Received)
		if !got.Intact() {
			c.Broken++
		}
	})
	sleep(ctx, 5*time.Millisecond)
	return err
}

// stream is a numbered stream.
func (l *loader) stream(ctx context.Context, from lab.Place) error {
	s, err := l.lab.Stream(ctx, lab.Stream{From: from, Rate: streamRate, Port: 5207, Six: from == lab.Right100})
	if err != nil {
		return err
	}
	sleep(ctx, streamTime)
	report := s.Stop()
	l.note(func(c *Load) {
		c.Streamed += report.Sent
		c.StreamLost += report.Lost()
		c.LongestLoss = max(c.LongestLoss, report.LongestLoss)
	})
	return nil
}

// ping sends fragmented echo requests.
func (l *loader) ping(ctx context.Context) error {
	got, err := l.lab.Ping(ctx, lab.Ping{From: lab.Left100, Count: 20, Size: pingSize, Interval: 20 * time.Millisecond})
	if ctx.Err() != nil {
		return nil
	}
	l.note(func(c *Load) {
		c.Pings += uint64(got.Sent)
		c.PingsLost += uint64(got.Lost())
	})
	return err
}

// denied asks for what the policy denies.
func (l *loader) denied(ctx context.Context) error {
	got, _ := l.lab.Transfer(ctx, lab.Transfer{From: lab.Left200, Port: 23, Timeout: time.Second})
	l.note(func(c *Load) {
		if got.Connected {
			c.Leaked++
		} else {
			c.Refused++
		}
	})
	sleep(ctx, deniedEvery)
	return nil
}

// churn sends datagrams from ever new ports: each begins a flow that is never
// answered but by an ICMP error.
func (l *loader) churn(ctx context.Context) error {
	to := net.UDPAddrFromAddrPort(netip.AddrPortFrom(lab.Right100.Addr4(), 5210))
	const burst = churnRate / 100
	for ctx.Err() == nil {
		begin := time.Now()
		err := l.lab.In(lab.Left100, func() error {
			for range burst {
				if err := datagram(to); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("send datagrams: %w", err)
		}
		l.note(func(c *Load) { c.Datagrams += burst })
		sleep(ctx, 10*time.Millisecond-time.Since(begin))
	}
	return nil
}

// datagram sends one from a port that the kernel chooses.
func datagram(to *net.UDPAddr) error {
	conn, err := net.DialUDP("udp", nil, to)
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = conn.Write([]byte("vxwall soak"))
	return err
}
