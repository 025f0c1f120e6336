package pipelinetest

import (
	"bytes"
	"slices"
	"testing"

	"vxwall/pipeline"
)

// StageSuite tests that a stage keeps the contract of pipeline.Stage.
// newStage returns the same stage each time, made anew.
func StageSuite(t *testing.T, newStage func() pipeline.Stage) {
	t.Run("leaves packets as they are", func(t *testing.T) { leavesPackets(t, newStage()) })
	t.Run("is the same for every worker", func(t *testing.T) { sameForAll(t, newStage) })
	t.Run("keeps no slice of a packet", func(t *testing.T) { keepsNothing(t, newStage) })
	t.Run("bears packets without anything", func(t *testing.T) { bearsEmpty(t, newStage()) })
	t.Run("does not allocate", func(t *testing.T) { allocatesNothing(t, newStage()) })
}

func suiteRig(stages ...pipeline.Stage) Rig {
	cfg := pipeline.Default()
	cfg.Flow.Capacity = 1024
	cfg.Flow.Midstream = true
	return Rig{Config: cfg, Stages: stages}
}

// leavesPackets compares each frame before and after the stage.
func leavesPackets(t *testing.T, stage pipeline.Stage) {
	inspector := stage.Inspector()
	guarded := Func{stage.Name(), func(p *pipeline.Packet) pipeline.Verdict {
		before := clone(p.Bytes())
		verdict := inspector.Inspect(p)
		if !bytes.Equal(before, p.Bytes()) {
			t.Errorf("packet %d was modified", p.Handle())
		}
		if verdict > pipeline.Detour {
			t.Errorf("packet %d: verdict %d does not exist", p.Handle(), verdict)
		}
		if verdict == pipeline.Drop && p.Reason() == pipeline.OK {
			t.Errorf("packet %d was dropped without a reason", p.Handle())
		}
		return verdict
	}}
	suiteRig(guarded).Run(Samples()...)
}

// sameForAll compares the verdicts of two inspectors of one stage, and of a
// stage made anew.
func sameForAll(t *testing.T, newStage func() pipeline.Stage) {
	stage := newStage()
	want := suiteRig(stage).Run(Samples()...)
	sameOutcomes(t, want, suiteRig(stage).Run(Samples()...))
	sameOutcomes(t, want, suiteRig(newStage()).Run(Samples()...))
}

// keepsNothing compares the verdicts with those where frames stay as they are
// after Send. Each frame comes three times in batches of one.
func keepsNothing(t *testing.T, newStage func() pipeline.Stage) {
	frames := slices.Concat(Samples(), Samples(), Samples())
	rig := suiteRig(newStage())
	rig.Batch = 1
	poisoned := rig.Run(frames...)
	rig.Stages = []pipeline.Stage{newStage()}
	rig.KeepFrames = true
	sameOutcomes(t, rig.Run(frames...), poisoned)
}

func sameOutcomes(t *testing.T, want, got *Result) {
	t.Helper()
	for i := range want.Outcomes {
		if got.Outcomes[i] != want.Outcomes[i] {
			t.Errorf("frame %d: %s, the other time %s", i+1, got.Outcomes[i], want.Outcomes[i])
		}
	}
	if !slices.EqualFunc(want.Drops, got.Drops, func(a, b Drop) bool { return a == b }) {
		t.Error("dropped for other reasons or rules the other time")
	}
}

// bearsEmpty shows the stage a packet of which nothing is known, and frames
// cut everywhere.
func bearsEmpty(t *testing.T, stage pipeline.Stage) {
	if v := stage.Inspector().Inspect(new(pipeline.Packet)); v > pipeline.Detour {
		t.Errorf("verdict %d does not exist", v)
	}
	whole := Frame(VXLAN{VNI: 100}, Eth{}, VLAN{ID: 7}, IPv6{}, Ext{Proto: 60}, TCP{Flags: "S"}, Payload("x"))
	var cut [][]byte
	for n := range whole {
		cut = append(cut, whole[:n], Frame(VXLAN{VNI: 100}, Bytes(whole[:n])))
	}
	suiteRig(stage).Run(cut...)
}

// allocatesNothing counts the allocations of a worker that runs the stage.
func allocatesNothing(t *testing.T, stage pipeline.Stage) {
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: 1, Stages: []pipeline.Stage{stage}})
	rig := suiteRig()
	w := pipeline.NewWorker(rig.Config, NewLoop(conversations()...), &current, Silent{})
	if n := AllocsPerStep(w); n != 0 {
		t.Errorf("%v allocations per batch", n)
	}
}

// AllocsPerStep returns the allocations of a worker per batch, once everything
// that is made once was made.
func AllocsPerStep(w *pipeline.Worker) float64 {
	step := func() {
		if err := w.Step(); err != nil {
			panic(err)
		}
	}
	for range 100 {
		step()
	}
	return testing.AllocsPerRun(100, step)
}
