package pipeline

import (
	"vxwall/pipeline/flow"
	"vxwall/pipeline/wire"
)

// Offloader is what a Queue may be besides: one that can handle the packets of
// a flow by itself, as long as they look like one that the worker judged. A
// worker looks for it once.
type Offloader interface {
	// Offload asks for packets like p, of p's flow, in p's direction, to be
	// handled without the worker from now on: forwarded, or dropped for p's
	// reason, as p's verdict says, for as long as the policy that judged the
	// flow is in force. It reports whether they will be. p is borrowed for the
	// time of the call.
	Offload(p *Packet) bool
	// Recall takes the packets that show a key back, and says what was handled
	// since Offload. It reports false, with nothing handled, if it had none.
	Recall(k *flow.Key, handled *flow.Handled) bool
	// Release says that Recall will not be called any more: the worker has taken
	// all flows back, and ends.
	Release()
}

// Finalizer is what an Inspector may be besides: one that knows when it need not
// see more of a flow. Flows are offloaded only if every inspector is one.
type Finalizer interface {
	// Final says whether the stage would say of every packet that looks like p,
	// of its flow and in its direction, what it said of p: same VXLAN header,
	// same MAC addresses, another payload.
	Final(p *Packet) bool
}

// offloadEvery is how many packets of a direction the worker sees before it
// offloads it, and between two attempts: most flows end sooner, and a flood of
// new ones costs nothing.
const offloadEvery = 8

// offloaderOf returns the queue as an Offloader, nil if it is none or if the
// configuration asks for checks of each packet that only the worker makes.
func offloaderOf(c *Config, queue Queue) Offloader {
	o, ok := queue.(Offloader)
	if !ok || c.Passive || !c.IgnoreChecksums || !c.AcceptNoChecksum6 {
		return nil
	}
	if _, ok := queue.(Reencapsulator); !ok && c.Overlay != nil {
		return nil
	}
	return o
}

// findFinalizers looks for the ability in every inspector.
func (w *Worker) findFinalizers() {
	w.finalizers = w.finalizers[:0]
	for _, i := range w.inspectors {
		f, ok := i.(Finalizer)
		if !ok {
			w.finalizers = w.finalizers[:0]
			return
		}
		w.finalizers = append(w.finalizers, f)
	}
}

// offload hands the direction of p's flow over, now and then, if what was
// decided of p will be decided of all that follow. One that was handed over, and
// still has packets coming here, is handed over anew: they look different.
func (w *Worker) offload(p *Packet) {
	if w.offloader == nil || p.flow == nil || p.flow.Packets[p.Direction()]%offloadEvery != 0 || !w.final(p) {
		return
	}
	dir := p.Direction()
	if p.flow.Offloaded(dir) {
		w.recallDirection(p.flow, dir)
	}
	if w.handOver(p) {
		w.table.SetOffloaded(p.flow, dir, w.now)
	}
}

// final says whether p's verdict is that of all packets that look like it.
func (w *Worker) final(p *Packet) bool {
	const special = flagFragment | flagReassembled | flagRelated | flagReject | flagMonitored
	if p.depth > 0 || p.has(special) || !p.has(flagL2) || p.vxlan == 0 || p.Flow.VLAN != 0 {
		return false
	}
	dropped := p.verdict == Drop
	if dropped && (!p.has(flagFlowWide) || w.program.Monitor) || !dropped && p.reason != OK {
		return false
	}
	if !inTransfer(p) || len(w.finalizers) == 0 {
		return false
	}
	for _, f := range w.finalizers {
		if !f.Final(p) {
			return false
		}
	}
	return true
}

// inTransfer says whether the flow's state will not change with packets like p:
// UDP has none, a TCP connection is open.
func inTransfer(p *Packet) bool {
	switch p.Flow.Proto {
	case wire.ProtoUDP:
		return true
	case wire.ProtoTCP:
		return p.flow.State == flow.Established && wire.TCP(p.L4()).Flags()&(wire.SYN|wire.FIN|wire.RST) == 0
	}
	return false
}

// recall takes a flow back.
func (w *Worker) recall(r *flow.Record) {
	for _, dir := range [...]flow.Direction{flow.ToResponder, flow.ToInitiator} {
		if r.Offloaded(dir) {
			w.recallDirection(r, dir)
		}
	}
}

func (w *Worker) recallDirection(r *flow.Record, dir flow.Direction) {
	key := r.Toward(dir)
	w.offloader.Recall(&key, &w.handled)
	r.Merge(dir, &w.handled)
}

// release takes all flows back, so that what ends with the worker ends with all
// that was counted.
func (w *Worker) release() {
	if w.offloader != nil {
		w.table.RecallAll()
		w.offloader.Release()
	}
}

// Ask has f called by the worker's goroutine, between two batches, and waits for
// it. It reports false if the worker ended before. Any goroutine but the
// worker's may call it.
func (w *Worker) Ask(f func(*flow.Table)) bool {
	done := make(chan struct{})
	select {
	case w.asked <- func(t *flow.Table) { f(t); close(done) }:
		<-done
		return true
	case <-w.ended:
		return false
	}
}

// answerAsked answers one question, if somebody asks.
func (w *Worker) answerAsked() {
	select {
	case f := <-w.asked:
		f(w.table)
	default:
	}
}
