package load

import (
	"errors"
	"os"
	"runtime"
	"time"

	"vxwall/appliance/link/afxdp"
	"vxwall/pipeline"
	"vxwall/pipeline/flow"
)

// ServeRings forwards between two ports through an AF_XDP link until stop is closed:
// the same XDP program, rings and batches as vxwall's. The worker takes every frame
// for one that is not VXLAN, and lets it pass: it reads the outer headers and counts,
// there is no flow, no rule, no inner header.
func ServeRings(stop <-chan struct{}, ports [2]string, ready func() error) (err error) {
	runtime.LockOSThread()
	cfg := afxdp.DefaultConfig()
	cfg.Ports, cfg.Offload, cfg.Workers, cfg.Pin = ports, 0, 1, ""
	cfg.OnDeath, cfg.Heartbeat = afxdp.Drop, 2*time.Second // a busy core is no death
	l, err := afxdp.Open(cfg)
	if err != nil {
		return err
	}
	plain := pipeline.Default()
	plain.Ports, plain.PassNotVXLAN, plain.Flow.Capacity = []uint16{1}, true, 1
	var current pipeline.Current
	current.Publish(&pipeline.Program{Revision: 1})
	worker := pipeline.NewWorker(plain, l.Queues()[0], &current, silent{})
	ended := make(chan error, 1)
	go func() { ended <- work(worker) }()
	if err := ready(); err != nil {
		return errors.Join(err, l.Close(), <-ended)
	}
	select {
	case <-stop:
		return errors.Join(l.Close(), <-ended)
	case err := <-ended:
		return errors.Join(err, l.Close())
	}
}

// work is the worker's thread, which ends with it.
func work(w *pipeline.Worker) error {
	runtime.LockOSThread()
	return w.Run()
}

// silent is an observer that nothing is told to.
type silent struct{}

func (silent) Dropped(*pipeline.Packet)                  {}
func (silent) FlowStart(*pipeline.Packet)                {}
func (silent) FlowEnd(*flow.Record, flow.End)            {}
func (silent) Found(*pipeline.Packet, *pipeline.Finding) {}

// SendReady tells whoever started the process that it is ready (sd_notify(3)).
func SendReady() error { return notifyReady(os.Getenv("NOTIFY_SOCKET")) }
