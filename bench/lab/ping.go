package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"os"
	"time"
)

// Ping is echo requests from a place to its peer.
type Ping struct {
	From     Place
	Six      bool          // IPv6
	Count    int           // 0 means 3
	Size     int           // of the IP packet in bytes; 0 means 84 or, of IPv6, 104: 56 bytes of data
	Timeout  time.Duration // for each answer; 0 means a second
	Interval time.Duration // after each answer
}

// Pinged is what came of a Ping.
type Pinged struct {
	Sent, Received, Duplicates int
	Unreachable                int // ICMP errors, for example of a rule that rejects
	RTT                        []time.Duration
}

// Lost is how many had no answer.
func (p Pinged) Lost() int { return p.Sent - p.Received }

// String is a line for people.
func (p Pinged) String() string {
	text := fmt.Sprintf("%d sent, %d answered", p.Sent, p.Received)
	if p.Unreachable > 0 {
		text += fmt.Sprintf(", %d unreachable", p.Unreachable)
	}
	if len(p.RTT) > 0 {
		text += fmt.Sprintf(", first after %v", p.RTT[0].Round(time.Microsecond))
	}
	return text
}

// Header sizes, and ICMP types of RFC 792 and RFC 4443.
const (
	icmpHeader  = 8
	ipv4Header  = 20
	ipv6Header  = 40
	echo4       = 8
	echoReply4  = 0
	unreach4    = 3
	echo6       = 128
	echoReply6  = 129
	unreach6    = 1
	defaultData = 56
)

// Ping sends echo requests one after the other, each when the one before was
// answered or given up. The error is not for lost packets.
func (l *Lab) Ping(ctx context.Context, p Ping) (Pinged, error) {
	var conn net.PacketConn
	err := l.In(p.From, func() (err error) {
		network := "ip4:icmp"
		if p.Six {
			network = "ip6:ipv6-icmp"
		}
		conn, err = net.ListenPacket(network, p.From.Addr(p.Six).String())
		return err
	})
	if err != nil {
		return Pinged{}, fmt.Errorf("ping from %s: %w", p.From, err)
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.SetDeadline(time.Unix(1, 0)) })()
	run := pinger{Ping: p, conn: conn, to: p.From.Peer().Addr(p.Six), id: uint16(rand.Uint32())}
	if err := run.all(ctx); err != nil {
		return run.result, fmt.Errorf("ping from %s to %s: %w", p.From, run.to, err)
	}
	return run.result, nil
}

type pinger struct {
	Ping
	conn     net.PacketConn
	to       netip.Addr
	id       uint16
	result   Pinged
	answered map[uint16]bool
}

func (p *pinger) all(ctx context.Context) error {
	if p.Count == 0 {
		p.Count = 3
	}
	if p.Timeout == 0 {
		p.Timeout = time.Second
	}
	p.answered = map[uint16]bool{}
	for seq := range uint16(p.Count) {
		begin := time.Now()
		if _, err := p.conn.WriteTo(p.request(seq), &net.IPAddr{IP: p.to.AsSlice()}); err != nil && ctx.Err() == nil {
			return err
		}
		p.result.Sent++
		if err := p.await(seq, begin); err != nil && ctx.Err() == nil {
			return err
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		time.Sleep(p.Interval)
	}
	return nil
}

// request is an ICMP message (RFC 792). The checksum of ICMPv6 is the kernel's.
func (p *pinger) request(seq uint16) []byte {
	size, kind := max(p.Size-ipv4Header, 0), byte(echo4)
	if p.Six {
		size, kind = max(p.Size-ipv6Header, 0), echo6
	}
	if p.Size == 0 {
		size = icmpHeader + defaultData
	}
	b := make([]byte, max(size, icmpHeader))
	b[0] = kind
	binary.BigEndian.PutUint16(b[4:], p.id)
	binary.BigEndian.PutUint16(b[6:], seq)
	for i := icmpHeader; i < len(b); i++ {
		b[i] = byte(i)
	}
	if !p.Six {
		binary.BigEndian.PutUint16(b[2:], checksum(b))
	}
	return b
}

// await reads until the answer to seq, an ICMP error, or the timeout.
func (p *pinger) await(seq uint16, begin time.Time) error {
	p.conn.SetReadDeadline(begin.Add(p.Timeout))
	b := make([]byte, 1<<16)
	for {
		n, _, err := p.conn.ReadFrom(b)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if p.take(b[:n], seq, begin) {
			return nil
		}
	}
}

// take counts a message and says whether it ends the wait for seq.
func (p *pinger) take(b []byte, seq uint16, begin time.Time) bool {
	reply, unreach, quote := byte(echoReply4), byte(unreach4), icmpHeader+ipv4Header
	if p.Six {
		reply, unreach, quote = echoReply6, unreach6, icmpHeader+ipv6Header
	}
	if len(b) >= quote+icmpHeader && b[0] == unreach && binary.BigEndian.Uint16(b[quote+4:]) == p.id {
		p.result.Unreachable++
		return binary.BigEndian.Uint16(b[quote+6:]) == seq
	}
	if len(b) < icmpHeader || b[0] != reply || binary.BigEndian.Uint16(b[4:]) != p.id {
		return false
	}
	got := binary.BigEndian.Uint16(b[6:])
	if p.answered[got] {
		p.result.Duplicates++
		return false
	}
	p.answered[got] = true
	p.result.Received++
	if got == seq {
		p.result.RTT = append(p.result.RTT, time.Since(begin))
	}
	return got == seq
}

// checksum is the Internet checksum (RFC 1071).
func checksum(b []byte) uint16 {
	var sum uint32
	for i, c := range b {
		sum += uint32(c) << (8 * uint(1-i&1))
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
