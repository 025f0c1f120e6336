package clamd

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"vxwall/inspect/av"
)

// Config says where clamd listens, and how it is used.
type Config struct {
	Address  string        // "unix:/run/clamav/clamd.ctl" or "tcp:host:port"
	Sessions int           // files at a time; DefaultSessions for 0
	Deadline time.Duration // for one file, all tries together; DefaultDeadline for 0
}

// What is used where nothing else is configured.
const (
	DefaultSessions = 4
	DefaultDeadline = 2 * time.Second
	DefaultPort     = "3310"
)

// Client has files judged by clamd. Any goroutine may use it.
type Client struct {
	cfg     Config
	network string
	address string
	places  chan struct{} // one for each file at a time
	mu      sync.Mutex
	idle    []*session
	closed  bool
	version atomic.Uint64
	health  health
}

var _ av.Engine = (*Client)(nil)

// ErrAddress says that an address is none of clamd's.
var ErrAddress = errors.New(`expected "unix:/path/of/clamd.ctl" or "tcp:host:port"`)

// Split takes an address of Config apart, as net.Dial wants it.
func Split(address string) (network, rest string, err error) {
	network, rest, _ = strings.Cut(address, ":")
	switch {
	case network == "unix" && strings.HasPrefix(rest, "/"):
		return network, rest, nil
	case network == "tcp" && rest != "":
		if _, _, err := net.SplitHostPort(rest); err != nil {
			rest = net.JoinHostPort(strings.Trim(rest, "[]"), DefaultPort)
		}
		return network, rest, nil
	}
	return "", "", fmt.Errorf("parse address %q: %w", address, ErrAddress)
}

// New returns a client. It connects when the first file comes.
func New(cfg Config) (*Client, error) {
	network, address, err := Split(cfg.Address)
	if err != nil {
		return nil, err
	}
	if cfg.Sessions <= 0 {
		cfg.Sessions = DefaultSessions
	}
	if cfg.Deadline <= 0 {
		cfg.Deadline = DefaultDeadline
	}
	return &Client{cfg: cfg, network: network, address: address, places: make(chan struct{}, cfg.Sessions)}, nil
}

// Name implements av.Engine.
func (c *Client) Name() string { return "clamd" }

// Version implements av.Engine: a hash of what clamd said of its databases last, 0 if
// it was not asked yet.
func (c *Client) Version() uint64 { return c.version.Load() }

// Scanner implements av.Engine: nothing is known before the whole file is there.
func (c *Client) Scanner() av.Scanner { return wholeOnly{} }

type wholeOnly struct{}

func (wholeOnly) Reset()             {}
func (wholeOnly) Write([]byte) bool  { return false }
func (wholeOnly) AtEnd() bool        { return false }
func (wholeOnly) Whole() bool        { return true }
func (wholeOnly) Found() *av.Finding { return &av.Finding{} }

// Whole implements av.Engine. A connection that fails is tried once more, on another:
// clamd may have been restarted.
func (c *Client) Whole(file []byte, _ string) av.Finding {
	began := time.Now()
	deadline := began.Add(c.cfg.Deadline)
	finding, err := c.judge(file, deadline)
	c.health.note(time.Since(began), err)
	if err != nil {
		return av.Finding{Outcome: av.Error, Name: err.Error()}
	}
	return finding
}

func (c *Client) judge(file []byte, deadline time.Time) (av.Finding, error) {
	wait := time.NewTimer(time.Until(deadline))
	defer wait.Stop()
	select {
	case c.places <- struct{}{}:
		defer func() { <-c.places }()
	case <-wait.C:
		return av.Finding{}, errors.New("judge file: all sessions with clamd are busy")
	}
	var failed error
	for range 2 {
		s, err := c.session(deadline)
		if err != nil {
			failed = err
		} else {
			finding, err := s.judge(file, deadline)
			if err == nil {
				c.giveBack(s)
				return finding, nil
			}
			s.close()
			failed = err
		}
		if time.Until(deadline) <= 0 {
			break
		}
	}
	return av.Finding{}, failed
}

// session returns one that nobody uses, or begins one.
func (c *Client) session(deadline time.Time) (*session, error) {
	c.mu.Lock()
	if n := len(c.idle) - 1; n >= 0 {
		s := c.idle[n]
		c.idle = c.idle[:n]
		c.mu.Unlock()
		return s, nil
	}
	c.mu.Unlock()
	conn, err := c.dial(deadline)
	if err != nil {
		return nil, err
	}
	s, err := newSession(conn, deadline)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return s, nil
}

func (c *Client) dial(deadline time.Time) (net.Conn, error) {
	dialer := net.Dialer{Deadline: deadline}
	conn, err := dialer.DialContext(context.Background(), c.network, c.address)
	if err != nil {
		return nil, fmt.Errorf("connect to clamd: %w", err)
	}
	return conn, nil
}

func (c *Client) giveBack(s *session) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || s.used >= maxUsed {
		s.close()
		return
	}
	c.idle = append(c.idle, s)
}

// Close ends all sessions: those in use once their file is judged.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.idle {
		s.close()
	}
	c.idle, c.closed = nil, true
}

// Ask asks clamd for its version and that of its databases, as in
// "ClamAV 1.4.6/27500/Fri Jan  3 10:00:00 2026".
func (c *Client) Ask() (string, error) {
	deadline := time.Now().Add(c.cfg.Deadline)
	conn, err := c.dial(deadline)
	if err != nil {
		return "", err
	}
	s := &session{conn: conn}
	defer s.close()
	version, err := s.ask("VERSION", deadline)
	if err != nil {
		return "", err
	}
	h := fnv.New64a()
	h.Write([]byte(version))
	c.version.Store(h.Sum64())
	return version, nil
}
