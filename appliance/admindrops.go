package appliance

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"vxwall/appliance/admin"
	"vxwall/pipeline"
)

// kernelStage is what answers call the XDP program where they name a stage.
const kernelStage = "kernel"

// drops answers what was dropped: the totals, and the newest limit drops behind a
// cursor.
func (r *running) drops(limit int, since string) *admin.Drops {
	s := r.snapshot()
	d := &admin.Drops{Totals: r.dropTotals(s), Skipped: s.skipped, Recent: []admin.Drop{}}
	after := parseCursor(since, len(r.workers))
	names := newNamer(r.policies)
	stages := r.stageNames()
	var kept []recentDrop
	var from []int // worker of each
	for i, w := range r.workers {
		var missed uint64
		kept, after[i], missed = w.recent.since(after[i], kept)
		d.Missed += missed
		for len(from) < len(kept) {
			from = append(from, i)
		}
	}
	for i := range kept {
		d.Recent = append(d.Recent, dropOf(&kept[i], from[i], stages, names))
	}
	slices.SortStableFunc(d.Recent, func(a, b admin.Drop) int { return cmp.Compare(a.Time.UnixNano(), b.Time.UnixNano()) })
	cut := max(0, len(d.Recent)-limit)
	d.Missed += uint64(cut)
	d.Recent = d.Recent[cut:]
	d.Cursor = cursorText(after)
	return d
}

// A cursor is the number of the newest drop of each worker.
func cursorText(numbers []uint64) string {
	texts := make([]string, len(numbers))
	for i, n := range numbers {
		texts[i] = strconv.FormatUint(n, 10)
	}
	return strings.Join(texts, ".")
}

// parseCursor reads a cursor. What is none, or one of another run, is from the
// beginning.
func parseCursor(text string, workers int) []uint64 {
	numbers := make([]uint64, workers)
	for i, part := range strings.Split(text, ".") {
		if i < workers {
			numbers[i], _ = strconv.ParseUint(part, 10, 64)
		}
	}
	return numbers
}

func dropOf(k *recentDrop, worker int, stages []string, names *namer) admin.Drop {
	d := admin.Drop{
		Time: time.Unix(0, k.time).UTC(), Worker: worker, Key: keyOf(&k.key), VTEPSrc: addressText(k.vtepSrc), VTEPDst: addressText(k.vtepDst),
		Group: k.group, Length: k.length, Stage: stageName(stages, int(k.stage)), Reason: k.reason.String(), Meaning: k.reason.Meaning(),
		Revision: names.of(k.revision).name, Monitored: k.monitored,
	}
	if j := &k.judgement; j.Revision != 0 && k.stage >= pipeline.StageInspector {
		d.Rule, d.Revision = names.rule(j), names.of(j.Revision).name
		if sig := names.policies.signature(j, k); sig != nil {
			d.Signature, d.Says = sig.SID, sig.Msg
		}
		d.FromSegment, d.ToSegment = names.segment(j, j.From), names.segment(j, j.To)
	}
	return d
}

func (r *running) stageNames() []string { return r.policies.Current.Load().StageNames() }

func stageName(stages []string, i int) string {
	if i < len(stages) {
		return stages[i]
	}
	return fmt.Sprintf("stage-%d", i)
}

// dropTotals counts drops by stage and reason, most packets first.
func (r *running) dropTotals(s *snapshot) []admin.Count {
	kernel := byReason(&s.link.Kernel.Dropped)
	list := append(byStage(&s.total.Dropped, r.stageNames()), countsOf(kernelStage, &kernel)...)
	sortCounts(list)
	return list
}

func byStage(counts *[pipeline.MaxStages][pipeline.Reasons]pipeline.Tally, stages []string) []admin.Count {
	list := []admin.Count{}
	for stage := range counts {
		list = append(list, countsOf(stageName(stages, stage), &counts[stage])...)
	}
	sortCounts(list)
	return list
}

func countsOf(stage string, tallies *[pipeline.Reasons]pipeline.Tally) []admin.Count {
	list := []admin.Count{}
	for i, t := range tallies {
		if t.Packets > 0 {
			reason := pipeline.Reason(i)
			list = append(list, admin.Count{Stage: stage, Reason: reason.String(), Meaning: reason.Meaning(), Tally: admin.Tally(t)})
		}
	}
	sortCounts(list)
	return list
}

func sortCounts(list []admin.Count) {
	slices.SortStableFunc(list, func(a, b admin.Count) int { return cmp.Compare(b.Packets, a.Packets) })
}
