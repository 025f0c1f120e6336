package load

import (
	"fmt"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/link"
)

// Sink counts and drops the generator's frames that come in at a port.
type Sink struct {
	port    *Port
	objects sinkObjects
	link    link.Link
}

// Arrived is what a Sink counted of one stream.
type Arrived struct {
	Frames    uint64
	Bytes     uint64
	Reordered uint64
	first     uint64 // ktime
	last      uint64
}

// Rate is the mean rate between the first frame and the last, in frames per
// second.
func (a Arrived) Rate() float64 {
	if a.Frames < 2 || a.last <= a.first {
		return 0
	}
	return float64(a.Frames-1) * 1e9 / float64(a.last-a.first)
}

// Watch is what a Sink does with a run.
type Watch struct {
	Run     uint16
	Latency bool // fill the histogram
	Pass    bool // hand the frames to the kernel after counting
}

// NewSink attaches a sink to a port. Close it. The topology must be settled
// afterwards.
func NewSink(port *Port) (*Sink, error) {
	s := &Sink{port: port}
	if err := loadSinkObjects(&s.objects, nil); err != nil {
		return nil, fmt.Errorf("load sink: %w", err)
	}
	err := port.Space.Do(func() (err error) {
		s.link, err = link.AttachXDP(link.XDPOptions{Program: s.objects.Sink, Interface: port.Index, Flags: link.XDPDriverMode})
		return err
	})
	if err != nil {
		s.objects.Close()
		return nil, fmt.Errorf("attach sink to %s: %w", port.Name, err)
	}
	return s, nil
}

// Begin forgets what was counted, and counts another run from now on.
func (s *Sink) Begin(w Watch) error {
	setting := sinkSetting{Run: w.Run}
	if w.Latency {
		setting.Latency = 1
	}
	if w.Pass {
		setting.Pass = 1
	}
	// Frames of an earlier run that are still under way are not counted, so the
	// order matters.
	if err := s.objects.Settings.Put(uint32(0), setting); err != nil {
		return fmt.Errorf("set up sink: %w", err)
	}
	cores := ebpf.MustPossibleCPU()
	for i := range uint32(maxStreams) {
		if err := s.objects.Counted.Put(i, make([]sinkCounts, cores)); err != nil {
			return fmt.Errorf("clear sink: %w", err)
		}
	}
	if !w.Latency {
		return nil
	}
	for i := range uint32(buckets) {
		if err := s.objects.Latency.Put(i, make([]uint64, cores)); err != nil {
			return fmt.Errorf("clear sink: %w", err)
		}
	}
	return nil
}

// Read returns what was counted of a stream since Begin.
func (s *Sink) Read(stream uint16) (a Arrived, err error) {
	var list []sinkCounts
	if err := s.objects.Counted.Lookup(uint32(stream), &list); err != nil {
		return a, fmt.Errorf("read sink: %w", err)
	}
	for _, c := range list {
		a.Frames += c.Frames
		a.Bytes += c.Bytes
		a.Reordered += c.Reordered
		a.last = max(a.last, c.Last)
		if c.First != 0 && (a.first == 0 || c.First < a.first) {
			a.first = c.First
		}
	}
	return a, nil
}

// Histogram returns how long the frames took since Begin.
func (s *Sink) Histogram() (*Histogram, error) {
	h := &Histogram{}
	var key uint32
	var values []uint64
	entries := s.objects.Latency.Iterate()
	for entries.Next(&key, &values) {
		for _, n := range values {
			h.counts[key] += n
		}
	}
	if err := entries.Err(); err != nil {
		return nil, fmt.Errorf("read sink: %w", err)
	}
	return h, nil
}

// Close detaches the sink.
func (s *Sink) Close() {
	_ = s.link.Close() // the program is detached in any case
	s.objects.Close()
}
