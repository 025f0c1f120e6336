package appliance

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
	pt "vxwall/pipeline/pipelinetest"
)

// liveQueue is a queue in memory whose frames come while it is in use.
type liveQueue struct {
	in     chan [][]byte
	closed chan struct{}
	once   sync.Once
	fail   chan error
	hang   sync.Mutex // locked: Recv does not return
	lent   [][]byte

	mu   sync.Mutex
	sent int
}

func newLiveQueue() *liveQueue {
	return &liveQueue{in: make(chan [][]byte, 1000), closed: make(chan struct{}), fail: make(chan error, 1)}
}

func (q *liveQueue) Recv(b *pipeline.Batch) error {
	q.hang.Lock()
	defer q.hang.Unlock()
	defer func() { b.SetNow(time.Now().UnixNano()) }()
	select {
	case frames := <-q.in:
		for _, f := range frames {
			frame := bytes.Clone(f)
			q.lent = append(q.lent, frame)
			b.Add(frame, 0, time.Now().UnixNano(), pipeline.LinkEthernet)
		}
		return nil
	default:
	}
	select {
	case err := <-q.fail:
		return err
	case <-q.closed:
		return pipeline.ErrClosed
	case <-time.After(5 * time.Millisecond):
		return pipeline.ErrTimeout
	}
}

func (q *liveQueue) Send(b *pipeline.Batch) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	for i := range b.Len() {
		if b.Packet(i).Forwarded() {
			q.sent++
		}
	}
	for _, f := range q.lent {
		clear(f)
	}
	q.lent = q.lent[:0]
	b.Reset()
	return nil
}

func (q *liveQueue) Headroom() int { return 0 }
func (q *liveQueue) Close() error  { q.once.Do(func() { close(q.closed) }); return nil }

// memoryLink is a Link of live queues.
type memoryLink struct {
	queues  []*liveQueue
	handled flow.Handled // what Peek says

	mu       sync.Mutex
	status   afxdp.Status
	revision []uint32
	closed   bool
	trouble  []string // what Check says
	gone     error
}

func newMemoryLink(queues int) *memoryLink {
	l := &memoryLink{}
	for range queues {
		l.queues = append(l.queues, newLiveQueue())
	}
	l.status.Ports = [2]afxdp.PortStatus{
		{Name: "eth1", Driver: "veth", Queues: queues, MTU: 1550, Mode: afxdp.Native, Note: "copy mode: the driver has no zero-copy"},
		{Name: "eth2", Driver: "veth", Queues: queues, MTU: 1550, Mode: afxdp.Native},
	}
	return l
}

func (l *memoryLink) Queues() (list []pipeline.Queue) {
	for _, q := range l.queues {
		list = append(list, q)
	}
	return list
}

func (l *memoryLink) SetRevision(n uint32) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.revision = append(l.revision, n)
}

func (l *memoryLink) Status() (afxdp.Status, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.status, nil
}

func (l *memoryLink) Check() ([]string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.trouble, l.gone
}

func (l *memoryLink) Peek(_ *flow.Key, h *flow.Handled) bool { *h = l.handled; return true }

func (l *memoryLink) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	for _, q := range l.queues {
		q.Close()
	}
	return nil
}

func (l *memoryLink) revisions() []uint32 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]uint32(nil), l.revision...)
}

// syncBuffer is a log that a test can read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// box is a daemon under test.
type box struct {
	t       *testing.T
	dir     string
	rules   string
	link    *memoryLink
	log     syncBuffer
	signals chan os.Signal
	client  *admin.Client
	daemon  *Daemon
	stop    func() error
}

const boxRules = `
[policy]
log = "both"
[[segment]]
name = "web"
vni = [100]
prefix = ["10.1.0.0/16"]
[[segment]]
name = "db"
vni = [100]
prefix = ["10.2.0.0/16"]
[[acl]]
name = "web-to-db"
from = ["web"]
to = ["db"]
service = ["tcp/5432", "udp/53"]
action = "allow"
log = "both"
`

// newBox prepares a daemon; start starts it.
func newBox(t *testing.T, queues int) *box {
	dir := t.TempDir()
	b := &box{t: t, dir: dir, rules: filepath.Join(dir, "rules.toml"), link: newMemoryLink(queues), signals: make(chan os.Signal, 1)}
	writeFile(t, b.rules, boxRules)
	cfg := DefaultConfig()
	cfg.Datapath.Ports = []string{"eth1", "eth2"}
	cfg.Flows.Capacity = 4096
	cfg.Rules.Paths = []string{b.rules}
	cfg.Events.EVE = filepath.Join(dir, "eve.json")
	cfg.Admin.Socket = filepath.Join(dir, "vxwall.sock")
	cfg.Metrics.Listen = ""
	b.daemon = &Daemon{
		Config: cfg, Version: "test", Log: slog.New(slog.NewTextHandler(&b.log, nil)), Signals: b.signals, KeepPrivileges: true,
		Open:   func(afxdp.Config) (Link, error) { return b.link, nil },
		Getenv: environment(nil),
	}
	b.client = admin.NewClient(cfg.Admin.Socket)
	return b
}

// start starts the daemon and waits until it answers.
func (b *box) start() *box {
	b.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.daemon.Run(ctx) }()
	var once sync.Once
	var err error
	b.stop = func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	b.t.Cleanup(func() {
		if err := b.stop(); err != nil {
			b.t.Log("daemon:", err)
		}
	})
	b.wait("the daemon to answer", func() bool {
		_, err := b.client.Status(context.Background())
		return err == nil
	})
	return b
}

func (b *box) wait(what string, done func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			b.t.Fatalf("waited too long for %s\n%s", what, b.log.String())
		}
	}
}

// logged wants a text in the log, once. The daemon answers before it says that it has
// started, so that may take a moment.
func (b *box) logged(text string) {
	b.t.Helper()
	for end := time.Now().Add(5 * time.Second); !strings.Contains(b.log.String(), text) && time.Now().Before(end); {
		time.Sleep(time.Millisecond)
	}
	if n := strings.Count(b.log.String(), text); n != 1 {
		b.t.Errorf("logged %d times: %q in\n%s", n, text, b.log.String())
	}
}

func (b *box) status() admin.Status {
	b.t.Helper()
	s, err := b.client.Status(context.Background())
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// send gives a queue frames and waits until they are counted.
func (b *box) send(queue int, frames ...[]byte) {
	b.t.Helper()
	before := b.status().Packets.Received.Packets
	b.link.queues[queue].in <- frames
	b.wait("frames to be counted", func() bool {
		return b.status().Packets.Received.Packets >= before+uint64(len(frames))
	})
}

var vni100 = pt.VXLAN{VNI: 100}

func query(src, dst string, port uint16) []byte {
	return pt.Frame(vni100, pt.Eth{}, pt.IPv4{Src: src, Dst: dst}, pt.UDP{Src: 40000, Dst: port}, pt.Payload("question"))
}
