package soak

import (
	"bufio"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"vxwall/appliance/admin"
)

// Sample is the state of the appliance at one time.
type Sample struct {
	At        time.Duration `json:"at_ns"` // since the load began
	RSS       int           `json:"rss_kb"`
	FDs       int           `json:"fds"`
	Threads   int           `json:"threads"`
	Flows     int           `json:"flows"`
	Offloaded int           `json:"offloaded"`
	Received  uint64        `json:"received"` // packets, by the workers
	InKernel  uint64        `json:"in_kernel"`
	Loose     int           `json:"frames_on_their_way"` // of the UMEM, in no list while it was counted
}

// take measures.
func take(pid int, s *admin.Status, at time.Duration) (Sample, error) {
	sample := Sample{
		At: at, Flows: s.Flows.Live, Offloaded: s.Kernel.Offloaded,
		Received: s.Packets.Received.Packets, InKernel: s.Kernel.Forwarded.Packets, Loose: loose(&s.Frames),
	}
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return sample, fmt.Errorf("look at process: %w", err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		fmt.Sscanf(lines.Text(), "VmRSS: %d", &sample.RSS)
		fmt.Sscanf(lines.Text(), "Threads: %d", &sample.Threads)
	}
	fds, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	sample.FDs = len(fds)
	return sample, err
}

// loose is how many frames are in no list.
func loose(f *admin.Frames) int {
	return f.Total - f.Free - f.Fill - f.Rx - f.Tx - f.Completion - f.Held - f.HandOver
}

// faults says what does not hold at the end, with nothing on its way any more.
func faults(s *admin.Status, l *Load, samples []Sample) (faults []string) {
	fault := func(is bool, format string, args ...any) {
		if is {
			faults = append(faults, fmt.Sprintf(format, args...))
		}
	}
	p := &s.Packets
	fault(loose(&s.Frames) != 0, "%d of %d frames of the UMEM are lost", loose(&s.Frames), s.Frames.Total)
	fault(p.Received.Packets != p.Forwarded.Packets+p.Dropped.Packets+p.Held,
		"%d packets received, but %d forwarded, %d dropped, %d held", p.Received.Packets, p.Forwarded.Packets, p.Dropped.Packets, p.Held)
	var taken, lost uint64
	for _, r := range s.Rings {
		taken += r.Received
		lost += r.RxDropped + r.RxRingFull
	}
	fault(s.Kernel.ToWorkers.Packets != taken+lost,
		"%d frames redirected to the sockets, but %d taken and %d lost there", s.Kernel.ToWorkers.Packets, taken, lost)
	fault(taken < p.Received.Packets, "%d frames taken, but %d judged", taken, p.Received.Packets)
	fault(l.Broken > 0, "%d connections did not arrive intact", l.Broken)
	fault(l.Leaked > 0, "%d connections were made despite the policy", l.Leaked)
	if early, late, ok := growth(samples); ok {
		allowed := early / 10
		if samples[len(samples)-1].At < fillTime {
			allowed = early / 2
		}
		fault(late > early+allowed, "memory grew from %d to %d kB", early, late)
	}
	return faults
}

// fillTime is how long tables and caches may take to fill: the memory of a shorter
// run grows with its flows.
const fillTime = 20 * time.Minute

// growth returns the median memory, in kB, of the second and of the last
// quarter of the samples: the first quarter fills tables.
func growth(samples []Sample) (early, late int, ok bool) {
	n := len(samples)
	if n < 8 {
		return 0, 0, false
	}
	median := func(part []Sample) int {
		var rss []int
		for _, s := range part {
			rss = append(rss, s.RSS)
		}
		slices.Sort(rss)
		return rss[len(rss)/2]
	}
	return median(samples[n/4 : n/2]), median(samples[n-n/4:]), true
}

// String is a line for people.
func (s Sample) String() string {
	return strings.Join([]string{
		fmt.Sprintf("%6v", s.At.Round(time.Second)), fmt.Sprintf("%d kB", s.RSS), fmt.Sprintf("%d fds", s.FDs),
		fmt.Sprintf("%d threads", s.Threads), fmt.Sprintf("%d flows", s.Flows), fmt.Sprintf("%d offloaded", s.Offloaded),
		fmt.Sprintf("%d packets judged", s.Received), fmt.Sprintf("%d in the kernel", s.InKernel),
	}, "  ")
}
