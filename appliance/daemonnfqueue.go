package appliance

import (
	"errors"
	"fmt"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/appliance/link/nfqueue"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// queueLink is an nfqueue.Link as the daemon sees it: without ports, and nothing is
// handled without the workers.
type queueLink struct {
	*nfqueue.Link
	overload nfqueue.Fallback
}

// OpenerOf returns what opens the link of a configuration.
func OpenerOf(c *Config) OpenLink {
	if c.Datapath.Mode != nfqueueMode {
		return OpenAFXDP
	}
	queues := c.Queues()
	return func(afxdp.Config) (Link, error) {
		l, err := nfqueue.Open(queues)
		if err != nil {
			return nil, err
		}
		return queueLink{l, queues.Overload}, nil
	}
}

// Queues implements Link.
func (l queueLink) Queues() (list []pipeline.Queue) {
	for _, q := range l.Link.Queues() {
		list = append(list, q)
	}
	return list
}

// SetRevision implements Link.
func (queueLink) SetRevision(uint32) {}

// Peek implements Link.
func (queueLink) Peek(*flow.Key, *flow.Handled) bool { return false }

// Check implements Link: the kernel tells of no trouble but by packets that are lost.
func (queueLink) Check() ([]string, error) { return nil, nil }

// Status implements Link: what the kernel did with packets for which there was no room is
// counted as what an XDP program does by itself.
func (l queueLink) Status() (s afxdp.Status, err error) {
	queues, err := l.Link.Status()
	for i := range queues {
		q := &queues[i]
		by := &s.Kernel.Dropped[0][pipeline.Overload]
		if l.overload == nfqueue.Relay {
			by = &s.Kernel.Relayed[0][pipeline.Overload]
		}
		by.Packets += q.Lost
		s.Queues = append(s.Queues, afxdp.QueueStatus{NoFrame: q.Unsent})
	}
	return s, err
}

// queueStatus is what the kernel's queues are and counted; nil in other modes.
func (r *running) queueStatus() (list []admin.Queue) {
	l, ok := r.link.(queueLink)
	if !ok {
		return nil
	}
	queues, _ := l.Link.Status() // what is wrong stands in the snapshot
	for i := range queues {
		q := &queues[i]
		list = append(list, admin.Queue{
			Number: int(q.Queue), Receives: q.Receives, Sends: q.Sends, Lost: q.Lost, NoRoom: q.NoRoom,
			Refused: q.Refused, Cut: q.Cut, Unsent: q.Unsent,
		})
	}
	return list
}

// queueEnds names the queues.
func (c *Config) queueEnds() string {
	q := &c.NFQueue
	if q.Count == 1 {
		return fmt.Sprintf("queue %d", q.Queue)
	}
	return fmt.Sprintf("queues %d to %d", q.Queue, q.Queue+q.Count-1)
}

// queueLegacy says what becomes of the packets after the end.
func (c *Config) queueLegacy() string {
	if c.NFQueue.Rules == "none" {
		return "what the rules queue is dropped, or passes uninspected where they say --queue-bypass"
	}
	text := map[string]string{"relay": "pass VXLAN uninspected", "drop": "drop VXLAN"}[c.Datapath.OnDeath]
	return "the rules of iptables stay and " + text + " until the next start; `vxwall detach` removes them"
}

// Detach takes off what a vxwall of a configuration leaves behind: the XDP program on
// its ports, or the rules that queue packets. What there may be of the other is no
// business of this configuration.
func Detach(c *Config) error {
	if c.Datapath.Mode != nfqueueMode {
		return afxdp.Detach(c.Datapath.Pin, c.Datapath.Ports...)
	}
	if c.NFQueue.Rules == "none" {
		return errors.New("detach: the rules that queue packets were not made by vxwall ([nfqueue] rules = \"none\")")
	}
	return nfqueue.Remove()
}

// QueueCommands are the commands that make the rules of a configuration, for one who
// makes them by hand.
func (c *Config) QueueCommands() string {
	queues := c.Queues()
	return nfqueue.Commands(&queues)
}
