package appliance

import (
	"os"
	"time"

	"vxwall/appliance/admin"
	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
)

// status answers how things are.
func (r *running) status() *admin.Status {
	s := r.snapshot()
	r.alarms.note(s)
	return &admin.Status{
		Attention: r.attention(s),
		Version:   r.Version, PID: os.Getpid(), Started: r.started.UTC(), Uptime: seconds(s.time.Sub(r.started)),
		Mode: r.Config.Datapath.Mode, Policy: r.policyStatus(), Reload: r.result.Load(),
		Packets: r.packetStatus(s), Kernel: kernelStatus(&s.link.Kernel), Flows: r.flowStats(s),
		Events: r.eventStatus(s), Ports: portStatus(&s.link), Workers: r.workerStatus(s),
		Rings: ringStatus(&s.link), Frames: admin.Frames(s.link.Frames), VTEP: r.vtepStatus(&s.total), Queues: r.queueStatus(), Guard: r.guardStatus(s),
	}
}

func (r *running) policyStatus() admin.Policy {
	p := r.inForce.Load()
	set := p.checked.Set
	status := admin.Policy{
		Revision: p.name, Mode: set.Policy.Mode.String(), Since: p.since, Paths: r.Config.Rules.Paths,
		Files: set.Files, Segments: len(set.Segments), Rules: len(set.ACL),
	}
	if next := p.checked.Policy.NextChange(); !next.IsZero() {
		next = next.UTC()
		status.NextExpiry = &next
	}
	return status
}

func (r *running) packetStatus(s *snapshot) admin.Packets {
	c, stages := &s.total, r.stageNames()
	return admin.Packets{
		Received: admin.Tally(c.Received), Forwarded: admin.Tally(c.Forwarded), Dropped: admin.Tally(c.TotalDropped()), Held: c.Held,
		DroppedBy: byStage(&c.Dropped, stages), MonitoredBy: byStage(&c.Monitored, stages), UninspectedBy: countsOf("", &c.Uninspected),
		Unwrapped: c.Unwrapped, Truncated: c.Truncated, Duplicates: c.Duplicates,
		Reassembled: c.Reassembled, Nested: c.Nested, ReservedBits: c.Reserved, Answers: c.Answers, AnswersSkipped: c.AnswersSkipped,
	}
}

func kernelStatus(k *afxdp.Kernel) admin.Kernel {
	dropped, relayed := byReason(&k.Dropped), byReason(&k.Relayed)
	return admin.Kernel{
		ToWorkers: admin.Tally(bothPorts(&k.ToSocket)), Forwarded: admin.Tally(bothPorts(&k.Forwarded)),
		DroppedBy: countsOf("", &dropped), RelayedBy: countsOf("", &relayed), Offloaded: k.Offloaded,
	}
}

func (r *running) flowStats(s *snapshot) admin.FlowStats {
	f := &s.total.Flows
	return admin.FlowStats{
		Live: f.Live, Capacity: r.Config.Flows.Capacity, Created: f.Created, Expired: f.Expired,
		Evicted: f.Evicted, Reused: f.Reused, PickedUp: f.PickedUp,
	}
}

func (r *running) eventStatus(s *snapshot) admin.Events {
	e := admin.Events{File: r.Config.Events.EVE, Written: s.written, Lost: s.lost}
	if s.trouble != nil {
		e.Trouble = s.trouble.Error()
	}
	return e
}

func portStatus(l *afxdp.Status) []admin.Port {
	list := []admin.Port{}
	for i, p := range l.Ports {
		if p.Name == "" { // a link with fewer
			continue
		}
		if p.Name == "" {
			continue
		}
		list = append(list, admin.Port{
			Name: p.Name, Driver: p.Driver, Queues: p.Queues, MTU: p.MTU, XDP: p.Mode.String(), ZeroCopy: p.ZeroCopy, Note: p.Note,
			Received: admin.Tally(l.Kernel.ToSocket[i]), Offload: admin.Tally(l.Kernel.Forwarded[i]),
			Dropped: sumReasons(&l.Kernel.Dropped[i]), Relayed: sumReasons(&l.Kernel.Relayed[i]),
		})
	}
	return list
}

func sumReasons(tallies *[pipeline.Reasons]pipeline.Tally) (sum admin.Tally) {
	for _, t := range tallies {
		sum.Packets += t.Packets
		sum.Bytes += t.Bytes
	}
	return sum
}

func (r *running) workerStatus(s *snapshot) []admin.Worker {
	list := []admin.Worker{}
	for i, w := range r.workers {
		c := &s.workers[i]
		a := admin.Worker{
			Received: admin.Tally(c.Received), Flows: c.Flows.Live,
			CPU: seconds(w.cpu()), Silent: seconds(w.silent(s.time).Truncate(time.Millisecond)),
		}
		if i < len(s.link.Queues) {
			q := &s.link.Queues[i]
			a.HandedOver, a.TakenOver, a.HandOverFull = q.HandedOver, q.TakenOver, q.HandOverFull
			a.NoFrame, a.OffloadRefused = q.NoFrame, q.OffloadRefused
		}
		list = append(list, a)
	}
	return list
}

func ringStatus(l *afxdp.Status) []admin.Ring {
	list := []admin.Ring{}
	for _, k := range l.Rings {
		list = append(list, admin.Ring{
			Port: l.Ports[k.Port].Name, Queue: k.Queue, Worker: k.Worker, Received: k.Received, Sent: k.Sent, Kicks: k.Kicks,
			RxDropped: k.RxDropped, RxInvalid: k.RxInvalid, RxRingFull: k.RxRingFull, FillRingEmpty: k.FillRingEmpty,
			TxInvalid: k.TxInvalid, TxRingEmpty: k.TxRingEmpty, TxFull: k.TxFull, TxError: k.TxError,
		})
	}
	return list
}
