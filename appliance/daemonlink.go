package appliance

import (
	"errors"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// Link is where a daemon's frames come from and go to.
type Link interface {
	// Queues has one queue for each worker.
	Queues() []pipeline.Queue
	// SetRevision says which policy is in force: what the link handles by itself
	// by an older one comes to the workers again.
	SetRevision(revision uint32)
	Status() (afxdp.Status, error)
	// Peek says what the link did by itself with packets that show a key, since
	// they were offloaded. It reports false if they are not.
	Peek(k *flow.Key, h *flow.Handled) bool
	// Check lists what keeps frames from passing just now, and returns an error for
	// what does not mend itself. One goroutine may call it.
	Check() (trouble []string, err error)
	// Close has the workers take what has come, then has Recv return ErrClosed,
	// and ends the link.
	Close() error
}

// afxdpLink is an afxdp.Link as the daemon sees it.
type afxdpLink struct {
	*afxdp.Link
	watch *portWatch
}

// Check implements Link.
func (l afxdpLink) Check() ([]string, error) { return l.watch.check() }

// Close implements Link.
func (l afxdpLink) Close() error {
	defer l.watch.Close()
	return l.Link.Close()
}

// Queues implements Link.
func (l afxdpLink) Queues() []pipeline.Queue {
	var list []pipeline.Queue
	for _, q := range l.Link.Queues() {
		list = append(list, q)
	}
	return list
}

// OpenAFXDP opens two ports by XDP and AF_XDP.
func OpenAFXDP(c afxdp.Config) (Link, error) {
	l, err := afxdp.Open(c)
	if err != nil {
		return nil, err
	}
	s, err := l.Status()
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	watch, err := watchPorts(s.Ports)
	if err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return afxdpLink{l, watch}, nil
}

// OpenLink opens a link. It is to be called by the thread whose network namespace
// has the ports.
type OpenLink func(afxdp.Config) (Link, error)
