package appliance

import "vxwall/inspect/av"

// The metrics of anti-virus. They are there once a file was judged.
var (
	mFiles        = newCounter("files_total", "Files judged by anti-virus, by outcome.", "outcome")
	mFileBytes    = newCounter("file_bytes_total", "Bytes of the files judged by anti-virus.")
	mFilesStopped = newCounter("files_stopped_total", "Files judged by anti-virus that their profile's action stops.")
)

func (e emitter) files(s *av.Stats) {
	if s == nil {
		return
	}
	total := uint64(0)
	for o := range av.Outcomes {
		n := s.Files[o].Load()
		if total += n; n > 0 {
			e.count(mFiles, n, av.Outcome(o).String())
		}
	}
	if total == 0 {
		return
	}
	e.count(mFileBytes, s.Bytes.Load())
	e.count(mFilesStopped, s.Stopped.Load())
}
