package main

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"vxwall/appliance"
)

// progressAfter is how long a replay takes before it shows its progress.
const progressAfter = time.Second

// showProgress shows a bar on a terminal while a replay goes on. The function
// it returns takes the bar away.
func showProgress(e *env, replay *appliance.Replay) func() {
	if !e.terminal {
		return func() {}
	}
	var bar *progressbar.ProgressBar
	out := &lateWriter{to: e.stderr, from: e.now().Add(progressAfter), now: e.now}
	replay.Progress = func(read, total int64) {
		if bar == nil {
			bar = newBar(out, total)
		}
		_ = bar.Set64(read) // a bar that cannot be drawn is no reason to stop
	}
	return func() {
		if bar != nil {
			_ = bar.Finish()
		}
	}
}

// newBar returns a bar for a number of bytes, 0 if that is not known.
func newBar(out io.Writer, total int64) *progressbar.ProgressBar {
	if total == 0 {
		total = -1
	}
	return progressbar.NewOptions64(total, progressbar.OptionSetWriter(out), progressbar.OptionShowBytes(true),
		progressbar.OptionSetDescription("replaying"), progressbar.OptionThrottle(200*time.Millisecond),
		progressbar.OptionClearOnFinish())
}

// lateWriter discards what comes before a point in time.
type lateWriter struct {
	to   io.Writer
	from time.Time
	now  func() time.Time
}

func (w *lateWriter) Write(p []byte) (int, error) {
	if w.now().Before(w.from) {
		return len(p), nil
	}
	return w.to.Write(p)
}
