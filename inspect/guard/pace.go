package guard

import (
	"encoding/binary"
	"time"

	"vxwall/pipeline"
)

const (
	paceCells = 256
	// reports are written at most so many a second, by each worker.
	reports = 50
)

// pace keeps reports from becoming a flood: the same one comes once in a while, all
// together are limited. The zero value needs every.
type pace struct {
	every int64
	cells [paceCells]struct {
		what   uint64
		at     int64
		missed uint32
	}
	second int64
	left   int
}

// take says whether one more report may be written now.
func (c *pace) take(now int64) bool {
	if c.every == 0 { // whoever asks for all of them gets them
		return true
	}
	if second := now / int64(time.Second); second != c.second {
		c.second, c.left = second, reports
	}
	if c.left == 0 {
		return false
	}
	c.left--
	return true
}

// report says whether a finding is to be reported, and how many like it were not
// since the last report.
func (c *pace) report(f *pipeline.Finding, vni uint32, now int64) (_ bool, missed uint32) {
	const odd = 0x9e3779b97f4a7c15
	what := (binary.LittleEndian.Uint64(f.Subject[:])*odd^binary.LittleEndian.Uint64(f.Subject[8:]))*odd ^ uint64(vni)<<8 ^ uint64(f.Reason)
	cell := &c.cells[what*odd>>56]
	if cell.what == what && now-cell.at < c.every && cell.at != 0 || !c.take(now) {
		cell.missed++
		return false, 0
	}
	missed = cell.missed
	if cell.what != what {
		missed = 0
	}
	cell.what, cell.at, cell.missed = what, now, 0
	return true, missed
}
