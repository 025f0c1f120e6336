package load

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"golang.org/x/sys/unix"
)

// liveFrames is BPF_F_TEST_XDP_LIVE_FRAMES (linux/bpf.h): what the program
// redirects leaves for real.
const liveFrames = 2

// Frames of one batch of the kernel. There is one call for a whole run: setting one
// up takes 10 ms (the kernel patches its text for the program).
const (
	fullBatch   = 256 // TEST_XDP_MAX_BATCH, net/bpf/test_run.c
	pacedBatch  = 16  // a frame waits for the end of its batch: that is latency
	pacedBelow  = 700_000
	largestData = 3072
)

// Generator sends frames out of a port. It is not safe for use by several
// goroutines, but for one Run each on different generators.
type Generator struct {
	port    *Port
	traffic Traffic
	objects generateObjects
	frame   []byte // the largest of the traffic
}

// NewGenerator returns a generator of a traffic in one direction. Close it.
func NewGenerator(port *Port, traffic Traffic, d direction) (*Generator, error) {
	if err := traffic.Check(); err != nil {
		return nil, err
	}
	g := &Generator{port: port, traffic: traffic}
	if err := loadGenerateObjects(&g.objects, nil); err != nil {
		return nil, fmt.Errorf("load generator: %w", err)
	}
	if err := g.fill(traffic.templates(d)); err != nil {
		g.Close()
		return nil, err
	}
	return g, nil
}

// fill hands the templates and the device to the program.
func (g *Generator) fill(templates []generateTemplate) error {
	keys := make([]uint32, len(templates))
	largest := 0
	for i := range templates {
		keys[i] = uint32(i)
		largest = max(largest, int(templates[i].Length))
	}
	if largest > largestData {
		return fmt.Errorf("frame of %d bytes: the kernel takes at most %d", largest, largestData)
	}
	g.frame = make([]byte, largest)
	if _, err := g.objects.Templates.BatchUpdate(keys, templates, nil); err != nil {
		return fmt.Errorf("write templates: %w", err)
	}
	// A device map takes the index in the namespace of the thread.
	return g.port.Space.Do(func() error {
		if err := g.objects.Device.Put(uint32(0), uint32(g.port.Index)); err != nil {
			return fmt.Errorf("set device %s: %w", g.port.Name, err)
		}
		return nil
	})
}

// Order is what one Run sends.
type Order struct {
	Rate   float64       // frames per second, 0 for as fast as can be
	For    time.Duration // at most, 0 for no limit
	Frames uint64        // at most, with those of the flood, 0 for no limit
	Run    uint16        // number of the run, in every frame
}

// Sent is what a Run did.
type Sent struct {
	Frames  uint64        // without those of the flood
	Flooded uint64        // frames of the flood
	Bytes   uint64        // of all frames
	Elapsed time.Duration // from the first frame to the last
	Late    uint64        // times that the generator fell behind, and left frames out
}

// Rate is the mean rate of all frames, in frames per second.
func (s Sent) Rate() float64 {
	if s.Frames < 2 || s.Elapsed <= 0 {
		return 0
	}
	return float64(s.Frames+s.Flooded-1) / s.Elapsed.Seconds()
}

// Run sends frames until the order is done or ctx ends.
func (g *Generator) Run(ctx context.Context, o Order) (Sent, error) {
	if o.For == 0 && o.Frames == 0 {
		return Sent{}, errors.New("generate frames: neither a time nor a number of frames is given")
	}
	if err := g.prepare(o); err != nil {
		return Sent{}, err
	}
	if o.For > 0 {
		var cancel func()
		ctx, cancel = context.WithTimeout(ctx, o.For)
		defer cancel()
	}
	err := g.port.Space.Do(func() error { return g.send(ctx, o) })
	if err != nil {
		return Sent{}, fmt.Errorf("generate frames: %w", err)
	}
	p, err := g.progress()
	return Sent{p.Sent - p.Flooded, p.Flooded, p.Bytes, time.Duration(p.End - p.Start), p.Late}, err
}

// send runs the program on the port's thread until it has sent what was ordered.
func (g *Generator) send(ctx context.Context, o Order) error {
	ended, over := make(chan struct{}), make(chan struct{})
	go g.watch(ctx, o, unix.Gettid(), ended, over)
	defer func() { close(ended); <-over }()
	batch := uint32(fullBatch)
	if o.Rate > 0 && o.Rate < pacedBelow {
		batch = pacedBatch
	}
	for {
		err := runLive(g.objects.Generate.FD(), g.frame, math.MaxUint32, batch)
		if err != nil && !errors.Is(err, unix.EINTR) {
			return err
		}
		p, err := g.progress()
		if err != nil || ctx.Err() != nil || o.Frames > 0 && p.Sent >= o.Frames {
			return err
		}
	}
}

// watch stops the program when ctx ends or all is sent, and interrupts its thread until
// it has noticed: a signal that comes before the thread is in the kernel is lost.
func (g *Generator) watch(ctx context.Context, o Order, thread int, ended <-chan struct{}, over chan<- struct{}) {
	defer close(over)
	ticks := time.NewTicker(2 * time.Millisecond)
	defer ticks.Stop()
	for {
		select {
		case <-ended:
			return
		case <-ticks.C:
		}
		if p, err := g.progress(); ctx.Err() != nil || err != nil || o.Frames > 0 && p.Sent >= o.Frames {
			_ = g.objects.Plans.Put(uint32(0), generatePlan{})  // the map is there until Close
			_ = unix.Tgkill(unix.Getpid(), thread, unix.SIGURG) // Go's own signal for threads, harmless
		}
	}
}

// prepare writes the plan and clears what an earlier run left.
func (g *Generator) prepare(o Order) error {
	p, err := g.progress()
	if err != nil {
		return err
	}
	plan := g.plan(o)
	return errors.Join(
		g.objects.Progresses.Put(uint32(0), generateProgress{Fresh: p.Fresh}),
		g.objects.Plans.Put(uint32(0), plan),
	)
}

func (g *Generator) plan(o Order) generatePlan {
	mix := mixOf[g.traffic.Size]
	plan := generatePlan{
		Frames: o.Frames, Layouts: uint32(len(mix.lengths)), Mix: mix.mix,
		Templates: uint32(g.traffic.Flows * len(mix.lengths)), Stream: g.traffic.Stream, Run: o.Run,
		Flood: uint32(g.traffic.Flood),
	}
	if o.Frames == 0 {
		plan.Frames = math.MaxUint64
	}
	if o.Rate > 0 {
		plan.Interval = uint64(1e12 / o.Rate)
	}
	outer := ip4Length
	if g.traffic.OuterV6 {
		outer = ip6Length
	}
	plan.Outer = uint32(ethernetLength + outer)
	plan.Source = plan.Outer + udpLength + vxlanLength + ethernetLength + 14
	if g.traffic.InnerV6 {
		plan.Flags |= 2
		plan.Source += 8 // the source address ends at 24, that of IPv4 at 16
	}
	if g.traffic.NewFlows {
		plan.Flags |= 1
		plan.Templates = uint32(g.traffic.VNIs * len(mix.lengths))
	}
	return plan
}

func (g *Generator) progress() (p generateProgress, err error) {
	if err = g.objects.Progresses.Lookup(uint32(0), &p); err != nil {
		return p, fmt.Errorf("read generator: %w", err)
	}
	return p, nil
}

// Close gives back what the generator has in the kernel.
func (g *Generator) Close() { g.objects.Close() }
