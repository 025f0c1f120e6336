package doctor

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// nfqueueMode is the mode in which the host's own kernel hands packets over.
const nfqueueMode = "nfqueue"

// Where the kernel lists its queues and its netlink sockets.
const (
	queuesFile  = "/proc/thread-self/net/netfilter/nfnetlink_queue"
	netlinkFile = "/proc/thread-self/net/netlink"
)

// boundQueue is a queue that somebody listens to, and by which netlink port.
type boundQueue struct {
	number  int
	portID  uint64
	waiting int // packets without a verdict
}

// lookQueue is about the kernel's queues: are they there, and who listens.
func lookQueue(_ context.Context, p *patient) (list []Finding) {
	if p.mode() != nfqueueMode {
		return nil
	}
	f, err := os.Open(queuesFile)
	if err != nil {
		return []Finding{finding(Warning, "", "the kernel shows no queues (%v): its module is not loaded, or it has none", err).mend("modprobe nfnetlink_queue")}
	}
	defer f.Close()
	return p.judgeQueues(parseQueues(f))
}

// judgeQueues looks at the queues of the configuration.
func (p *patient) judgeQueues(bound map[int]boundQueue) (list []Finding) {
	c := &p.Config.NFQueue
	for number := c.Queue; number < c.Queue+c.Count; number++ {
		q, taken := bound[number]
		about, running := fmt.Sprint(number), p.daemon != nil && p.daemon.Mode == nfqueueMode
		switch {
		case running && !taken:
			list = append(list, finding(Warning, about, "the running vxwall does not listen to it in this network namespace").
				advise("ask where it runs, such as: nsenter --target %d --net vxwall doctor", p.daemon.PID))
		case running:
			list = append(list, finding(OK, about, "somebody listens; %d packets wait for a verdict", q.waiting))
		case taken:
			f := finding(Problem, about, "%v listens to it: vxwall will not start", listener(q.portID))
			list = append(list, f.setIn(p.File, "nfqueue", "queue", fmt.Sprint(freeQueue(bound, c.Queue, c.Count))))
		default:
			list = append(list, finding(OK, about, "it is free"))
		}
	}
	return list
}

// freeQueue is the first number from which on enough queues are free, at its best after
// another.
func freeQueue(bound map[int]boundQueue, after, count int) int {
	const numbers = 1 << 16
	for step := 1; step < numbers; step++ {
		from, free := (after+step)%numbers, true
		for n := from; n < from+count; n++ {
			_, taken := bound[n]
			free = free && !taken && n < numbers
		}
		if free {
			return from
		}
	}
	return after
}

// parseQueues reads the kernel's list (net/netfilter/nfnetlink_queue.c, seq_show): number,
// netlink port, packets that wait, and more.
func parseQueues(r io.Reader) map[int]boundQueue {
	bound := map[int]boundQueue{}
	for s := bufio.NewScanner(r); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 3 {
			continue
		}
		number, err := strconv.ParseUint(fields[0], 10, 16)
		port, err1 := strconv.ParseInt(fields[1], 10, 64) // some kernels write it with a sign
		waiting, err2 := strconv.Atoi(fields[2])
		if err == nil && err1 == nil && err2 == nil {
			bound[int(number)] = boundQueue{int(number), uint64(uint32(port)), waiting}
		}
	}
	return bound
}

// listener is the process behind a netlink port, in words.
func listener(portID uint64) string {
	f, err := os.Open(netlinkFile)
	if err != nil {
		return "another program"
	}
	defer f.Close()
	if owner := ownerOf(netlinkInode(f, portID)); owner.pid != 0 {
		return owner.String()
	}
	return "another program"
}

// netlinkInode finds the inode of a netlink socket of netfilter (af_netlink.c,
// netlink_native_seq_show): the last field; 0 if there is none.
func netlinkInode(r io.Reader, portID uint64) uint64 {
	const netfilter = "12" // NETLINK_NETFILTER
	for s := bufio.NewScanner(r); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 10 || fields[1] != netfilter || fields[2] != strconv.FormatUint(portID, 10) {
			continue
		}
		inode, _ := strconv.ParseUint(fields[9], 10, 64)
		return inode
	}
	return 0
}
