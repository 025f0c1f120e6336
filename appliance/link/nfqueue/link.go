package nfqueue

import (
	"errors"
	"sync"
	"time"
)

// Link is queues of the kernel, with the rules that fill them.
type Link struct {
	cfg    Config
	raw    rawSockets
	queues []*Queue

	mu   sync.RWMutex // of torn: nobody touches a file descriptor while they are closed
	torn bool
}

// Open binds the queues, then installs the rules if it is to. The calling thread's network
// namespace is the one whose packets are judged.
func Open(c Config) (*Link, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	l := &Link{cfg: c}
	if err := l.open(); err != nil {
		return nil, errors.Join(err, l.tear())
	}
	return l, nil
}

func (l *Link) open() (err error) {
	if l.raw, err = openRaw(l.cfg.Mark); err != nil {
		return err
	}
	for number := range l.cfg.Count {
		q, err := newQueue(l, number)
		if err != nil {
			return err
		}
		l.queues = append(l.queues, q)
	}
	if !l.cfg.Rules {
		return nil
	}
	return Install(&l.cfg)
}

// Queues has one queue for each worker.
func (l *Link) Queues() []*Queue { return l.queues }

// drainTime is how long workers may take for what waits when the link is closed.
const drainTime = 2 * time.Second

// Close has the kernel do as on_death says with what comes from now on, has the workers
// judge what waits, and ends the link. The rules stay.
func (l *Link) Close() error {
	l.mu.RLock()
	torn := l.torn
	var err error
	if !torn {
		for _, q := range l.queues {
			err = errors.Join(err, q.seal(l.cfg.OnDeath))
			q.draining.Store(true)
			q.Wake()
		}
	}
	l.mu.RUnlock()
	if torn {
		return nil
	}
	for deadline := time.Now().Add(drainTime); !l.drained() && time.Now().Before(deadline); {
		time.Sleep(time.Millisecond)
	}
	return errors.Join(err, l.tear())
}

// drained says whether every worker that ever began has found nothing more.
func (l *Link) drained() bool {
	for _, q := range l.queues {
		if q.used.Load() && !q.done.Load() && !q.closed.Load() {
			return false
		}
	}
	return true
}

// tear closes all that is open.
func (l *Link) tear() (err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.torn = true
	for _, q := range l.queues {
		err = errors.Join(err, q.tear())
	}
	return errors.Join(err, l.raw.close())
}
