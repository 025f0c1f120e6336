package pipeline

import "vxwall/pipeline/flow"

// judge takes a packet whose headers are sound to its verdict. It goes round
// once more for each nested tunnel, and every round must let the packet pass.
func (w *Worker) judge(p *Packet) {
	for {
		if p.has(flagFragment) {
			w.fragment(p)
			return
		}
		if !w.admit(p) {
			return
		}
		w.inspect(p)
		if p.verdict != Continue || !w.enterNested(p) {
			return
		}
	}
}

// inspect asks the stages in order. It is the only place that acts on what a
// stage says.
func (w *Worker) inspect(p *Packet) {
	p.verdict = Continue
	var judged flow.Judgement // by which packets of the flow are handled elsewhere
	away := p.flow != nil && p.flow.AnyOffloaded()
	if away {
		judged = p.flow.Judgement
	}
	for i, inspector := range w.inspectors {
		p.stage = uint8(StageInspector + i)
		p.verdict = inspector.Inspect(p)
		if p.verdict != Continue {
			break
		}
	}
	for _, judged := range w.scope.judged {
		judged(p)
	}
	if away && p.flow.Judgement != judged {
		w.recall(p.flow)
	}
	if p.flow != nil {
		w.noteFlow(p)
	}
}

// noteFlow keeps what the stages decided of the whole flow, and reports its
// beginning once.
func (w *Worker) noteFlow(p *Packet) {
	if !p.Related() {
		w.table.SetDenied(p.flow, p.has(flagFlowWide) && !w.monitors())
	}
	if !p.flow.Reported() {
		p.flow.SetReported()
		w.observer.FlowStart(p)
	}
}

// refuse drops the packet on behalf of the pipeline itself.
func (p *Packet) refuse(stage uint8, reason Reason) {
	p.verdict, p.stage, p.reason, p.rule = Drop, stage, reason, -1
}
