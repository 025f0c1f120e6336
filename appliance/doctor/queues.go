package doctor

import (
	"cmp"
	"context"
	"fmt"
	"runtime"
)

// lookQueues is about queues that nobody serves, workers that have none, and veths
// whose two ends do not fit together.
func lookQueues(_ context.Context, p *patient) (list []Finding) {
	most := 0
	for _, at := range p.usable() {
		most = max(most, at.Queues)
		if mismatch := at.mismatch(); mismatch != nil {
			list = append(list, *mismatch)
		} else {
			list = append(list, finding(OK, at.Name, "%d to receive, %d at most", at.Queues, max(at.Queues, at.Channels.MostReceive())))
		}
	}
	if most == 0 {
		return list
	}
	return append(list, p.judgeWorkers(most)...)
}

// mismatch is about a veth that may send to more queues than the port has: native XDP
// needs one for each (veth_xdp_set, veth_set_xdp_features in drivers/net/veth.c).
func (p *port) mismatch() *Finding {
	if !p.peer.known() {
		return nil
	}
	mine, theirs, far := p.Channels, p.peer.channels, p.peer
	var f Finding
	switch {
	case theirs.Tx > mine.Rx && mine.MaxRx >= theirs.Tx:
		f = finding(Problem, p.Name, "%d queues to receive, %s sends by %d: no native XDP", mine.Rx, p.farName(), theirs.Tx).
			mend(mine.Command(p.Name, theirs.Tx))
	case theirs.Tx > mine.Rx:
		f = finding(Problem, p.Name, "%d queues to receive, %s sends by %d: no native XDP", mine.Rx, p.farName(), theirs.Tx).
			mend(far.command("ethtool -L %s tx %d", far.name, mine.Rx))
	case theirs.Rx > mine.Tx && mine.MaxTx >= theirs.Rx:
		f = finding(Problem, p.Name, "%d queues to send, %s receives by %d: no native XDP", mine.Tx, p.farName(), theirs.Rx).
			mend(shell("ethtool -L %s tx %d", p.Name, theirs.Rx))
	case theirs.Rx > mine.Tx:
		f = finding(Problem, p.Name, "%d queues to send, %s receives by %d: no native XDP", mine.Tx, p.farName(), theirs.Rx).
			mend(far.command("ethtool -L %s rx %d", far.name, mine.Tx))
	default:
		return nil
	}
	return &f
}

// judgeWorkers compares queues, workers and CPUs.
func (p *patient) judgeWorkers(queues int) (list []Finding) {
	workers, cpus := p.Config.Datapath.Workers, runtime.NumCPU()
	if workers > queues {
		f := finding(Warning, "", "workers = %d, but no port has more than %d queues: %d work", workers, queues, queues)
		list = append(list, p.moreQueues(f, workers))
	}
	if n := min(cmp.Or(workers, queues), queues); n > cpus {
		f := finding(Warning, "", "%d workers on %d CPUs: they get into each other's way", n, cpus)
		list = append(list, f.set(p.File, "workers", fmt.Sprint(cpus)))
	}
	return list
}

// moreQueues gives each port as many queues as there are workers, if all can have
// them; else there are to be fewer workers.
func (p *patient) moreQueues(f Finding, workers int) Finding {
	most := 0
	for _, at := range p.usable() {
		n := min(workers, at.Channels.MostReceive())
		if n > at.Queues && !at.peer.known() {
			f = f.mend(at.Channels.Command(at.Name, n))
		}
		most = max(most, n, at.Queues)
	}
	if most == workers && len(f.Commands) > 0 {
		return f
	}
	f.Commands = nil
	return f.set(p.File, "workers", "0")
}
