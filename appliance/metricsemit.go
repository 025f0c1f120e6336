package appliance

import (
	"fmt"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// emitter sends the metrics of a scrape.
type emitter chan<- prometheus.Metric

func (e emitter) emit(m metric, value float64, labels ...string) {
	made, err := prometheus.NewConstMetric(m.desc, m.kind, value, labels...)
	if err != nil {
		made = prometheus.NewInvalidMetric(m.desc, err)
	}
	e <- made
}

func (e emitter) count(m metric, value uint64, labels ...string) {
	e.emit(m, float64(value), labels...)
}

// tally sends packets and bytes, unless there are none.
func (e emitter) tally(t pipeline.Tally, verdict, stage string, reason pipeline.Reason) {
	if t.Packets > 0 {
		e.count(mPackets, t.Packets, verdict, stage, reason.String())
		e.count(mBytes, t.Bytes, verdict, stage, reason.String())
	}
}

func (e emitter) packets(s *scrape) {
	c := &s.total
	inspected := c.Forwarded
	subtract := func(t pipeline.Tally) {
		inspected.Packets -= t.Packets
		inspected.Bytes -= t.Bytes
	}
	for i := range pipeline.Reasons {
		reason := pipeline.Reason(i)
		for stage := range c.Dropped {
			name := stageName(s.stages, stage)
			e.tally(c.Dropped[stage][i], "dropped", name, reason)
			e.tally(c.Monitored[stage][i], "monitored", name, reason)
			subtract(c.Monitored[stage][i])
		}
		e.tally(c.Uninspected[i], "uninspected", "", reason)
		subtract(c.Uninspected[i])
	}
	e.tally(inspected, "forwarded", "", pipeline.OK)
	e.kernelPackets(s)
	e.count(mHeld, c.Held)
	e.count(mReassembled, c.Reassembled)
	e.count(mNested, c.Nested)
	e.count(mCopies, c.Unwrapped, "unwrapped")
	e.count(mCopies, c.Truncated, "truncated")
	e.count(mCopies, c.Duplicates, "duplicate")
	e.count(mReserved, c.Reserved)
	e.count(mAnswers, c.Answers, "sent")
	e.count(mAnswers, c.AnswersSkipped, "skipped")
	e.count(mWritten, s.written)
	e.count(mLost, s.lost)
	e.emit(mAttention, float64(s.attention))
	e.files(s.files)
}

func (e emitter) kernelPackets(s *scrape) {
	k := &s.link.Kernel
	dropped, relayed := byReason(&k.Dropped), byReason(&k.Relayed)
	for i := range pipeline.Reasons {
		e.tally(dropped[i], "dropped", kernelStage, pipeline.Reason(i))
		e.tally(relayed[i], "uninspected", kernelStage, pipeline.Reason(i))
	}
	e.tally(bothPorts(&k.Forwarded), "forwarded", kernelStage, pipeline.OK)
	e.emit(mOffloaded, float64(k.Offloaded))
}

func (e emitter) flows(s *scrape) {
	f := &s.total.Flows
	e.emit(mFlows, float64(f.Live))
	e.emit(mCapacity, float64(s.capacity))
	e.count(mCreated, f.Created)
	e.count(mEnded, f.Expired, flow.Expired.String())
	e.count(mEnded, f.Evicted, flow.Evicted.String())
	e.count(mEnded, f.Reused, flow.Reused.String())
	e.count(mPickedUp, f.PickedUp)
}

func (e emitter) policy(s *scrape) {
	set := s.policy.checked.Set
	e.emit(mBuild, 1, s.version)
	e.emit(mPolicy, 1, s.policy.name, set.Policy.Mode.String())
	e.emit(mRules, float64(len(set.ACL)))
	e.emit(mLoaded, unixSeconds(s.policy.since))
	if s.reload == nil {
		e.emit(mReloadGood, 1)
		e.emit(mReloadedLast, 0)
		return
	}
	good := 0.0
	if s.reload.Good {
		good = 1
	}
	e.emit(mReloadGood, good)
	e.emit(mReloadedLast, unixSeconds(s.reload.Time))
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func (e emitter) workers(s *scrape) {
	for i := range s.snapshot.workers {
		c, name := &s.snapshot.workers[i], strconv.Itoa(i)
		e.count(mWorkerPackets, c.Received.Packets, name)
		e.count(mWorkerBytes, c.Received.Bytes, name)
		e.emit(mWorkerFlows, float64(c.Flows.Live), name)
		e.emit(mWorkerCPU, s.cpu[i].Seconds(), name)
		e.emit(mWorkerSilent, s.silent[i].Seconds(), name)
	}
	for i, q := range s.link.Queues {
		name := strconv.Itoa(i)
		e.count(mHandedOver, q.HandedOver, name)
		e.count(mTakenOver, q.TakenOver, name)
		e.count(mHandOverFull, q.HandOverFull, name)
		e.count(mNoFrame, q.NoFrame, name)
		e.count(mRefused, q.OffloadRefused, name)
	}
}

func (e emitter) link(s *scrape) {
	for i := range s.snapshot.link.Ports {
		p, k := &s.snapshot.link.Ports[i], &s.snapshot.link.Kernel
		if p.Name == "" { // the link did not answer
			continue
		}
		e.emit(mPort, 1, p.Name, p.Driver, p.Mode.String(), fmt.Sprint(p.ZeroCopy))
		e.emit(mPortMTU, float64(p.MTU), p.Name)
		e.emit(mPortQueues, float64(p.Queues), p.Name)
		e.count(mPortPackets, k.ToSocket[i].Packets, p.Name)
		e.count(mPortBytes, k.ToSocket[i].Bytes, p.Name)
		e.count(mPortOffload, k.Forwarded[i].Packets, p.Name)
		e.count(mPortOffloadByte, k.Forwarded[i].Bytes, p.Name)
	}
	f := &s.snapshot.link.Frames
	for _, at := range []struct {
		where string
		n     int
	}{{"free", f.Free}, {"fill", f.Fill}, {"rx", f.Rx}, {"tx", f.Tx}, {"completion", f.Completion}, {"held", f.Held}, {"hand_over", f.HandOver}} {
		e.emit(mFrames, float64(at.n), at.where)
	}
}

func (e emitter) rings(s *scrape) {
	for i := range s.snapshot.link.Rings {
		r := &s.snapshot.link.Rings[i]
		port, queue := s.snapshot.link.Ports[r.Port].Name, strconv.Itoa(r.Queue)
		for _, c := range []struct {
			metric metric
			n      uint64
		}{
			{mRingReceived, r.Received}, {mRingSent, r.Sent}, {mRingKicks, r.Kicks}, {mRingRxDropped, r.RxDropped},
			{mRingRxInvalid, r.RxInvalid}, {mRingRxFull, r.RxRingFull}, {mRingFillEmpty, r.FillRingEmpty},
			{mRingTxInvalid, r.TxInvalid}, {mRingTxEmpty, r.TxRingEmpty}, {mRingTxFull, r.TxFull}, {mRingTxError, r.TxError},
		} {
			e.count(c.metric, c.n, port, queue)
		}
	}
}
